"""Making a bucket that is not there yet."""

import json
from typing import TYPE_CHECKING

from storage import keys
from storage.s3 import errors as s3_errors
from storage.s3.client import DEFAULT_REGION

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

_THERE_ALREADY = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")


def create(client: "S3Client", bucket: str) -> bool:
    """Make a private bucket; return False when another writer made it just before."""
    from botocore.exceptions import ClientError

    try:
        region = client.meta.region_name
        if ".amazonaws.com" in client.meta.endpoint_url and region != DEFAULT_REGION:
            client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})  # type: ignore[typeddict-item]  # a setting, checked by AWS
        else:
            client.create_bucket(Bucket=bucket)
    except ClientError as error:
        if s3_errors.code(error) in _THERE_ALREADY:
            return False
        raise
    return True


def open_pictures(client: "S3Client", bucket: str) -> None:
    """Let everybody read pictures and batches' pages by their full key.

    Never originals, results, manifests or lists, which would show all keys.
    """
    opened = (f"{keys.IMAGES}*", f"{keys.THUMBNAILS}*", f"{keys.BATCHES}*/index.html")
    resources = [f"arn:aws:s3:::{bucket}/{pattern}" for pattern in opened]
    statement = {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"], "Resource": resources}
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
