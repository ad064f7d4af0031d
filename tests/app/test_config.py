"""`splice.yaml`: what may be written, and every mistake at once with its place."""

from pathlib import Path

import pytest

from app.config import Config, ConfigError, load
from app.config.read import loads
from upstreams.aws_lambda.model import Settings as Lambda
from upstreams.openapi.model import Settings as OpenApi

FILE = Path("/etc/splice/splice.yaml")


def read(text: str, **environment: str) -> Config:
    return loads(text, FILE, environment)


def problems(text: str, **environment: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text, **environment)
    return [str(problem).removeprefix("/etc/splice/") for problem in caught.value.problems]


def test_an_upstream_is_named_and_of_one_kind() -> None:
    """The name is the key, the kind the first key below, everything else its settings."""
    config = read(
        """
upstreams:
  shop:
    openapi: ./shop.openapi.yaml
    url: http://127.0.0.1:9001
    headers: { x-api-key: "${SHOP_KEY}", x-count: 7 }
    forward: [authorization]
    timeout: 250ms
    maxResponse: 2MiB
    showMessages: true
""",
        SHOP_KEY="secret",
    )

    shop = config.upstreams["shop"]
    settings = shop.settings
    assert isinstance(settings, OpenApi)
    assert (shop.name, shop.kind) == ("shop", "openapi")
    assert settings.openapi == "/etc/splice/shop.openapi.yaml"
    assert settings.headers == {"x-api-key": "secret", "x-count": "7"}
    assert settings.forward == ("authorization",)
    assert (settings.timeout, settings.max_response) == (0.25, 2 * 2**20)
    assert settings.show_messages


def test_lambda_names_are_a_list() -> None:
    """The key is `lambda`, whatever Python calls it; one name needs no brackets."""
    config = read(
        "upstreams:\n  p: { lambda: [quote, 'rates-*'], region: eu-west-1 }\n  q: {lambda: x}"
    )

    settings = config.upstreams["p"].settings
    other = config.upstreams["q"].settings
    assert isinstance(settings, Lambda)
    assert isinstance(other, Lambda)
    assert settings.functions == ("quote", "rates-*")
    assert other.functions == ("x",)


def test_secrets_are_not_in_a_settings_text() -> None:
    """Headers do not appear where settings are printed or logged."""
    config = read("upstreams: {a: {openapi: a.json, headers: {k: hunter2}}}")

    assert "hunter2" not in repr(config)


def test_a_url_stays_a_url() -> None:
    """Only files are relative to the configuration."""
    config = read("upstreams: {a: {openapi: 'https://a.test/openapi.json'}}")

    settings = config.upstreams["a"].settings
    assert isinstance(settings, OpenApi)
    assert settings.openapi == "https://a.test/openapi.json"


def test_routes_are_read_in_order() -> None:
    """A route has a match, an upstream, and may rewrite."""
    config = read(
        """
upstreams: {shop: {openapi: a.json}}
routes:
  - match: { path: /shop/**, method: GET }
    to: shop
    rewrite: { strip: /shop }
  - match: { regex: "/v[0-9]+" }
    to: shop
"""
    )

    first, second = config.routes
    assert (first.match.path, first.match.methods, first.to) == ("/shop/**", ("GET",), "shop")
    assert first.rewrite.strip == "/shop"
    assert second.match.regex == "/v[0-9]+"


def test_every_mistake_is_reported_at_once_with_its_place() -> None:
    """One run of the checker is enough to mend the file."""
    found = problems(
        """\
upstrems: {}
upstreams:
  shop:
    openapi: ./a.yaml
    timout: 5s
    maxResponse: big
    headers: { k: "${UNSET}" }
  bank:
    sop: http://b/?wsdl
  two: {openapi: a, soap: b}
  "no good": {openapi: a}
server: { port: many, explorer: maybe }
routes:
  - match: { path: /x }
    to: shopp
  - to: shop
    match: { regex: "(" }
"""
    )

    assert found == [
        "splice.yaml:1:1: unknown key 'upstrems'; did you mean 'upstreams'?",
        "splice.yaml:5:5: unknown key 'timout'; did you mean 'timeout'?",
        "splice.yaml:6:18: a size such as 64KiB or 10MiB is wanted here, not 'big'",
        "splice.yaml:7:19: the environment variable UNSET is not set",
        "splice.yaml:9:5: no kind is named: openapi, grpc, soap, lambda, graphql;"
        " did you mean 'soap'?",
        "splice.yaml:10:8: one kind is wanted, not 2: openapi, soap",
        "splice.yaml:11:3: 'no good' cannot name an upstream: letters, digits, _ and - only",
        "splice.yaml:12:17: a whole number is wanted here, not 'many'",
        "splice.yaml:12:33: true or false is wanted here, not 'maybe'",
        "splice.yaml:14:5: no upstream is called 'shopp'; did you mean 'shop'?",
        "splice.yaml:17:12: regex: '(' is not a regular expression: "
        "missing ), unterminated subpattern at position 0",
    ]


def test_a_route_to_nowhere_is_a_mistake() -> None:
    """The upstream it names must be there, and a near name is suggested."""
    found = problems("upstreams: {shop: {openapi: a}}\nroutes:\n  - {match: {path: /x}, to: shopp}")

    assert found == ["splice.yaml:3:5: no upstream is called 'shopp'; did you mean 'shop'?"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [1,", "splice.yaml:2:1: not YAML"),
        ("", "splice.yaml: empty"),
        ("- a", "splice.yaml:1:1: settings are wanted here"),
        ("upstreams: {a: {openapi: x}, a: {soap: y}}", "splice.yaml:1:30: 'a' is written twice"),
        ("routes: [{match: {path: /x}}]", "splice.yaml:1:10: to must be given"),
    ],
)
def test_what_is_no_configuration_is_refused(text: str, problem: str) -> None:
    """Broken YAML, nothing at all, a list, a key twice, a needed key missing."""
    (found,) = problems(text)

    assert found.startswith(problem)


def test_variables_have_defaults_and_can_be_escaped() -> None:
    """`${VAR:-default}` stands for the default where VAR is unset, `$${` for a plain `${`."""
    config = read("upstreams: {a: {openapi: a, headers: {x: '${A:-one}${B:-}', y: '$${A}'}}}")

    assert config.upstreams["a"].settings.headers == {"x": "one", "y": "${A}"}


@pytest.mark.parametrize("wrong", ["${A", "${1A}", "${a.b}", "${A-b}", "${A:-${B}}", "x ${} y"])
def test_what_only_looks_like_a_variable_is_a_mistake(wrong: str) -> None:
    """It would be sent as it stands, which nobody means."""
    (found,) = problems(
        f"upstreams: {{a: {{openapi: a, headers: {{x: '{wrong}'}}}}}}", A="1", B="2"
    )

    assert found.startswith("splice.yaml:1:42: ${ begins no variable")


def test_a_variable_that_is_set_to_nothing_is_nothing() -> None:
    """Only where it has a default does that stand in; its value is never read for variables."""
    text = "upstreams: {a: {openapi: a, headers: {x: '${A}', y: '${A:-d}', z: '${B}'}}}"

    config = read(text, A="", B="${C}")

    assert config.upstreams["a"].settings.headers == {"x": "", "y": "d", "z": "${C}"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("upstreams: {a: {openapi: }}", "1:26: a value is wanted here"),
        ("upstreams: {a: {openapi: ''}}", "1:26: a file beside the configuration, or a URL"),
        ("server: {host: null}", "1:16: a value is wanted here"),
        ("upstreams: {a: {openapi: x, forward: }}", "1:38: a value is wanted here"),
        ("upstreams: {a: {openapi: x, headers: {k: 1, k: 2}}}", "1:45: 'k' is written twice"),
        ("upstreams: {a: {openapi: x, headers: {[k]: 1}}}", "1:39: a name is wanted here"),
        ("upstreams: {a: {openapi: x, forward: a, forward: b}}", "1:41: 'forward' is written"),
        ("upstreams: {a: {openapi: x, forward: {a: b}}}", "1:38: a list is wanted here"),
        ("? [a]\n: b", "1:3: a name is wanted here"),
        ("server: {host: !include x}", "1:16: the tag !include is not known"),
        ("server: {port: 65536}", "1:9: port: a port is between 0 and 65535, not 65536"),
        (
            "server: {maxFiles: 0}",
            "1:9: maxFiles: a request with files has one; maxUpload: 0 takes none",
        ),
        ("server: {maxTokens: 0}", "1:9: maxTokens: a document has at least one token"),
        ("server: {timeout: 0s}", "1:9: timeout: nothing can be answered in no time"),
        ("server:\n\tport: 1", "2:1: not YAML: found character that cannot start any token"),
        ("server:\r\n  port: x\r\n", "2:9: a whole number is wanted here, not 'x'"),
        ("a: b\n---\nc: d", "2:1: not YAML: but found another document"),
        ("upstreams: &a {b: *a}", "1:12: no kind is named"),
        ("upstreams: {a: {<<: {timeout: 1s}, openapi: x}}", "1:17: unknown key '<<'"),
    ],
)
def test_what_yaml_allows_and_we_do_not_is_named(text: str, problem: str) -> None:
    """One problem with its place, never an exception, and nothing read as something else."""
    (found,) = problems(text)

    assert found.startswith(f"splice.yaml:{problem}")


def test_a_character_that_is_none_is_one_line() -> None:
    """Binary content is refused like any other mistake."""
    (found,) = problems("a: \x00")

    assert found.startswith("splice.yaml: not YAML: unacceptable character #x0000")
    assert "\n" not in found


def test_an_alias_stands_for_what_it_names() -> None:
    """Anchors and aliases of YAML, and a mark at the beginning of the file, do no harm."""
    config = read("\ufeffupstreams: {a: &a {openapi: x, timeout: 1s}, b: *a}")

    assert config.upstreams["a"].settings == config.upstreams["b"].settings


def test_the_kind_is_suggested_wherever_it_stands() -> None:
    """The settings may be in any order."""
    (found,) = problems("upstreams: {a: {url: 'http://a', opnapi: x}}")

    assert found.endswith("did you mean 'openapi'?")


def test_a_missing_file_is_a_problem_with_its_name(tmp_path: Path) -> None:
    """The path is in the message, not a stack trace."""
    with pytest.raises(ConfigError, match=r"none\.yaml: No such file"):
        load(tmp_path / "none.yaml")


def test_credentials_are_named_by_scheme_and_kept_secret() -> None:
    """Each entry of `auth:` is one credential; a mistake in it has its place."""
    config = read(
        "upstreams: {a: {openapi: a, auth: {key: {value: '${K}'}, login: {token: t}}}}",
        K="hunter2",
    )
    wrong = problems("upstreams: {a: {openapi: a, auth: {key: {valeu: x}}}}")

    settings = config.upstreams["a"].settings
    assert isinstance(settings, OpenApi)
    assert settings.auth["key"].value == "hunter2"
    assert "hunter2" not in repr(config)
    assert wrong[-1] == "splice.yaml:1:42: unknown key 'valeu'; did you mean 'value'?"


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ('"x y": a', "'x y' cannot name a header"),
        (r'x: "a\r\nhost: evil"', "the value of the header x has a line break or NUL"),
        ('x: "${K}"', "the value of the header x has a line break or NUL"),
    ],
)
def test_a_header_that_no_request_could_carry_is_a_mistake(header: str, problem: str) -> None:
    """Found when the file is read, also where the environment brings it; the value is not shown."""
    (found,) = problems(f"upstreams: {{a: {{openapi: a, headers: {{{header}}}}}}}", K="secret\n")

    assert found == f"splice.yaml:1:16: {problem}"


def test_trusted_documents_are_files_beside_the_configuration() -> None:
    """One or several, globs too."""
    config = read("documents: {trusted: ['./web.json', 'apps/*.json'], only: true}")

    assert config.documents.trusted == ("/etc/splice/web.json", "/etc/splice/apps/*.json")
    assert config.documents.only


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("only: true", "only: there is nothing to run; `trusted:` must name manifests"),
        ("trusted: 'https://a/b.json'", "trusted: files are wanted here, or globs, not URLs"),
    ],
)
def test_documents_that_cannot_be(written: str, problem: str) -> None:
    """Nothing to run, and manifests elsewhere."""
    assert problems(f"documents: {{{written}}}") == [f"splice.yaml:1:12: {problem}"]


def test_a_setting_of_documents_that_is_not_known() -> None:
    """Is refused with a suggestion."""
    assert problems("documents: {persist: true}") == [
        "splice.yaml:1:13: unknown key 'persist'; did you mean 'persisted'?"
    ]
