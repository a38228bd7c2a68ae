"""One boto3 client for S3, MinIO and their like, set up so that nothing in the surroundings surprises it.

A process may live for a single picture, so boto3 is imported with the first client, looks for no service but S3 and
adds none of its transfer methods to the client. ``docs/performance.md`` says what boto3 costs over botocore.
"""

from typing import TYPE_CHECKING, Any, cast

from storage.endpoint import is_loopback

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

DEFAULT_REGION = "us-east-1"
CONNECTIONS = 64
"""Kept open at most: above the pictures in flight of a local batch, so that no thread waits for a connection."""


def connect(
    *, endpoint: str, access_key: str, secret_key: str, region: str, connect_timeout: float, read_timeout: float
) -> "S3Client":
    """Return a client; nothing is asked yet. Empty strings mean AWS's own endpoint, credential chain and region.

    The client makes each request once: the store retries, so that one policy covers reading a body as well.
    """
    from botocore.config import Config
    from botocore.session import Session

    session = Session(session_vars=_DETACHED if access_key else None)
    if access_key:
        session.register_component("data_loader", _loader(session))
    session.set_config_variable("ignore_configured_endpoint_urls", True)  # MINIO_ENDPOINT alone says where pictures go
    config = Config(
        signature_version="s3v4",  # presigned links are SigV2 by default, which MinIO's successors refuse
        s3={"addressing_style": "path" if endpoint else "virtual"},  # by default AWS links name a global host: 307
        proxies={} if is_loopback(endpoint) else None,  # HTTP_PROXY catches requests to 127.0.0.1 too
        retries={"mode": "standard", "total_max_attempts": 1},
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        max_pool_connections=CONNECTIONS,
        request_checksum_calculation="when_required",  # the store gives its own; trailers break other servers
    )
    client = _through_boto3(session).client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=region or _region(session, endpoint),
        aws_access_key_id=access_key or None,
        aws_secret_access_key=secret_key or None,
        config=config,
    )
    return cast("S3Client", client)


def _through_boto3(session: Any) -> Any:
    """Wrap a botocore session in one of boto3's that leaves the client's class as botocore makes it.

    boto3 would add ``upload_file`` and its like, and load the modules behind them. Should boto3 rename the method
    that is overridden here, the client gets them again and works as before.
    """
    import boto3.session

    class ClientSession(boto3.session.Session):
        def _register_default_handlers(self) -> None:
            """Register none of the customisations, which are for transfers and resources."""

    return ClientSession(botocore_session=session)


_DETACHED: Any = dict.fromkeys(("profile", "config_file", "credentials_file"), (None, None, None, None))
"""With keys given, ~/.aws is not read: an AWS_PROFILE that names no profile would be an error even then."""


def _loader(session: Any) -> Any:
    """Return a loader of service descriptions that knows of S3 alone; botocore's looks through 400 directories.

    Not for AWS's credential chain, which may need other services.
    """
    from botocore.loaders import create_loader

    loader: Any = create_loader(session.get_config_variable("data_path"))
    loader.list_available_services = lambda _type: ["s3"]
    return loader


def _region(session: Any, endpoint: str) -> str:
    return DEFAULT_REGION if endpoint else session.get_config_variable("region") or DEFAULT_REGION
