"""The permissions that each command needs in a bucket, as a policy that AWS and MinIO understand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storage import keys

EVERYTHING = tuple(space for space in keys.SPACES if space != keys.PROBES)
"""Every space with something in it that was made or paid for."""
_PAID = (keys.ORIGINALS, keys.REJECTED)


@dataclass(frozen=True, slots=True)
class Needs:
    """The spaces that a command reads, writes and deletes from. Each command lists the bucket.

    Without the right to list, a server says of objects that are not there that reading them is forbidden. A conditional
    write needs the right to read as well.
    """

    read: tuple[str, ...]
    write: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()


_MADE = (keys.BATCHES, keys.CLAIMS, keys.IMAGES, *_PAID, keys.REPORTS, keys.RESULTS, keys.THUMBNAILS)
_STORED = (keys.IMAGES, *_PAID, keys.RESULTS, keys.THUMBNAILS)
_PRUNED = Needs(EVERYTHING, (keys.SPENDING,), _MADE)
COMMANDS: Mapping[str, Needs] = {
    "run": Needs((*_MADE, keys.PROBES, keys.SPENDING), (*_MADE, keys.PROBES, keys.SPENDING)),
    "costs": Needs((keys.BATCHES, keys.CLAIMS, keys.REPORTS, keys.RESULTS, keys.SPENDING)),
    "list": Needs((keys.BATCHES, keys.REPORTS)),
    "gallery": Needs((keys.BATCHES, keys.IMAGES, keys.THUMBNAILS), (keys.BATCHES,)),
    "export": Needs((keys.BATCHES, keys.IMAGES)),
    "verify": Needs(EVERYTHING),
    "repair": Needs(
        EVERYTHING,
        (keys.BATCHES, keys.IMAGES, keys.RESULTS, keys.THUMBNAILS),
        (keys.IMAGES, keys.THUMBNAILS),
    ),
    "delete": _PRUNED,
    "prune": _PRUNED,
    "copy": Needs((*EVERYTHING, keys.PROBES), (*EVERYTHING, keys.PROBES)),
    "doctor": Needs((*_STORED, keys.PROBES), (*_STORED, keys.PROBES), (keys.PROBES,)),
}
"""The needs of each command.

``run`` stands for all that make or plan pictures (redo, restyle, covers, the worker on Render), ``repair`` for
``verify --repair``, and ``copy`` for the bucket that is copied to.
"""


def build(
    commands: Sequence[str], bucket: str, *, create_bucket: bool = False, public_read: bool = False
) -> dict[str, Any]:
    """Return the policy with which these commands work, and no others.

    ``create_bucket`` adds what it takes to make the bucket, and ``public_read`` what it takes to open its pictures.
    """
    needs = [COMMANDS[name] for name in commands]
    of_objects = {
        "s3:GetObject": {space for need in needs for space in need.read},
        "s3:PutObject": {space for need in needs for space in need.write},
        "s3:DeleteObject": {space for need in needs for space in need.delete},
    }
    of_bucket = ["s3:ListBucket"]
    of_bucket += ["s3:CreateBucket"] if create_bucket else []
    of_bucket += ["s3:PutBucketPolicy"] if create_bucket and public_read else []
    arn = f"arn:aws:s3:::{bucket}"
    statements = [{"Effect": "Allow", "Action": of_bucket, "Resource": [arn]}]
    for action, spaces in of_objects.items():
        if spaces:
            resources = [f"{arn}/{space}*" for space in sorted(spaces)]
            statements.append({"Effect": "Allow", "Action": [action], "Resource": resources})
    return {"Version": "2012-10-17", "Statement": statements}
