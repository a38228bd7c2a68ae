"""Authors by key, as Docusaurus and Material for MkDocs keep them in a file of their own beside the posts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from imagegen.errors import ConfigurationError
from imagegen.site.files import read_file
from imagegen.site.front.values import Unfit


def read_authors(content: Path, root: Path) -> dict[str, str]:
    """Return the names of a site's authors by their keys; none when there is no such file.

    Raises ConfigurationError when there is one that cannot be read: it would not build the site either.
    """
    for file in (content / "authors.yml", content / ".authors.yml", content.parent / ".authors.yml"):
        if file.is_file() and file.resolve().is_relative_to(root):
            return _read(file)
    return {}


def _read(file: Path) -> dict[str, str]:
    import yaml

    try:
        whole: Any = yaml.load(read_file(file.resolve()), yaml.SafeLoader)
    except Unfit as error:
        raise ConfigurationError(f"{file}: {error}") from None
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        raise ConfigurationError(f"{file}: is no YAML ({str(error).splitlines()[0]})") from None
    people = whole.get("authors", whole) if isinstance(whole, Mapping) else {}
    named = people.items() if isinstance(people, Mapping) else ()
    return {
        str(key): person["name"]
        for key, person in named
        if isinstance(person, Mapping) and isinstance(person.get("name"), str)
    }
