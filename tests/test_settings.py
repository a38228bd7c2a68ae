"""Settings are read once, in one place, and all that is wrong with them is told at once."""

from datetime import timedelta
from pathlib import Path

import pytest

from imagegen.errors import ConfigurationError
from imagegen.settings import Settings, from_environment


def test_an_empty_environment_gives_the_defaults() -> None:
    assert from_environment({}) == Settings()


def test_an_empty_variable_counts_as_absent() -> None:
    assert from_environment({"MAX_IN_FLIGHT": "", "OPENAI_API_KEY": "  "}) == Settings()


def test_keys_are_stripped_and_the_reference_s_names_are_understood() -> None:
    settings = from_environment({"OPENAI_API_KEY": " sk-a\n", "GEMINI_API_KEY": "g", "MINIO_BUCKET": "b"})
    assert (settings.openai_api_key, settings.google_api_key, settings.minio_bucket) == ("sk-a", "g", "b")


def test_google_s_own_name_wins_over_its_alias() -> None:
    assert from_environment({"GOOGLE_API_KEY": "a", "GEMINI_API_KEY": "b"}).google_api_key == "a"


def test_all_wrong_variables_are_named_with_what_is_allowed() -> None:
    with pytest.raises(ConfigurationError) as caught:
        from_environment(
            {
                "MAX_IN_FLIGHT": "many",
                "MAX_BATCH_COST_USD": "nan",
                "STRICT_MODELS": "perhaps",
                "OPENAI_IMAGE_QUALITY": "best",
                "LOG_FORMAT": "xml",
                "URL_LIFE_SECONDS": "604801",
            }
        )
    message = str(caught.value)
    assert "MAX_IN_FLIGHT must be a whole number from 1 to 1000 (found 'many')" in message
    assert "MAX_BATCH_COST_USD must be a number of at least 0 (found 'nan')" in message
    assert all(name in message for name in ("STRICT_MODELS", "OPENAI_IMAGE_QUALITY", "LOG_FORMAT", "URL_LIFE_SECONDS"))


def test_links_live_seven_days_at_most() -> None:
    assert from_environment({}).url_life == timedelta(days=7)


def test_no_secret_shows_in_a_representation() -> None:
    names = ("OPENAI_API_KEY", "GOOGLE_API_KEY", "MINIO_ACCESS_KEY", "MINIO_SECRET_KEY", "NOTIFY_SECRET")
    told = {"NOTIFY_URL": "https://example.com/hunter2"}
    assert "hunter2" not in repr(from_environment(dict.fromkeys(names, "hunter2") | told))


def test_brands_are_beside_the_program_unless_it_is_told_otherwise() -> None:
    assert from_environment({}).brands == Path("brands")
    assert from_environment({"BRANDS_DIR": " /srv/brands "}).brands == Path("/srv/brands")
