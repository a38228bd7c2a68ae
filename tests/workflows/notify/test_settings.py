"""The address and the secret of notifications: what is taken, and what is refused in words that repeat neither."""

import base64

import pytest

from imagegen.errors import ConfigurationError
from imagegen.settings import Settings, from_environment
from workflows.notify import require_receiver
from workflows.webhooks import build_headers

ADDRESS = "https://example.com/hooks/pictures"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOT_AN_ADDRESS = "NOTIFY_URL is not an address: write it like https://example.com/hooks/pictures"
IN_THE_CLEAR = "NOTIFY_URL has to start with https://"


def read(environ: dict[str, str]) -> Settings:
    settings = from_environment(environ)
    require_receiver(settings)
    return settings


@pytest.mark.parametrize(
    "url",
    [
        ADDRESS,
        "https://user:s3cr3t@example.com:8443/hooks?token=s3cr3t",
        "https://[2001:db8::1]/hook",
        "http://localhost:9000/hook",
        "http://127.0.0.1:9000",
        "http://[::1]:9000/hook",
        "http://hooks:8080/a.b?c=d.e",
        "http://user:s3.cr3t@hooks:8080/",
    ],
)
def test_an_address_is_taken(url: str) -> None:
    settings = read({"NOTIFY_URL": url, "NOTIFY_SECRET": SECRET})
    assert (settings.notify_url, settings.notify_secret) == (url, SECRET)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://example.com/s3cr3t", IN_THE_CLEAR),
        ("http://10.0.0.5/s3cr3t", IN_THE_CLEAR),
        ("http://[2001:db8::1]/s3cr3t", IN_THE_CLEAR),
        ("http://user:s3cr3t@example.com", IN_THE_CLEAR),
        ("ftp://example.com/s3cr3t", NOT_AN_ADDRESS),
        ("example.com/s3cr3t", NOT_AN_ADDRESS),
        ("https:///s3cr3t", NOT_AN_ADDRESS),
        ("https://example.com:99999/s3cr3t", NOT_AN_ADDRESS),
        ("https://example.com:0/s3cr3t", NOT_AN_ADDRESS),
        ("https://[s3cr3t", NOT_AN_ADDRESS),
        ("https://example.com/s3cr3t\n.", NOT_AN_ADDRESS),
        ("https://example.com/s3cr3t .", "NOTIFY_URL holds a blank"),
    ],
)
def test_another_one_is_refused_and_not_repeated(url: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read({"NOTIFY_URL": url, "NOTIFY_SECRET": SECRET})
    assert said in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


def test_an_address_without_a_secret_is_refused_with_the_way_to_one() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read({"NOTIFY_URL": ADDRESS})
    assert str(caught.value).startswith("NOTIFY_URL needs NOTIFY_SECRET")
    assert "whsec_$(openssl rand -base64 32)" in str(caught.value)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_s3cr3t!", "whsec_abcd!efgh", "whsec_abc"])
def test_a_secret_that_says_that_it_is_base64_has_to_be(secret: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read({"NOTIFY_URL": ADDRESS, "NOTIFY_SECRET": secret})
    assert str(caught.value) == "NOTIFY_SECRET starts with whsec_ and does not go on in base64"


def test_a_secret_alone_tells_nobody() -> None:
    assert read({"NOTIFY_SECRET": "any text"}).notify_url == ""


def test_a_signature_is_that_of_standard_webhooks() -> None:
    """The example of the scheme's own documentation."""
    headers = build_headers(
        SECRET,
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1_614_265_330,
        body=b'{"test": 2432232314}',
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert len(base64.b64decode(headers["webhook-signature"].removeprefix("v1,"))) == 32
