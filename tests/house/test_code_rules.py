"""Every file of dlpipe keeps the rules, and each rule finds what it is for."""

from __future__ import annotations

import ast

import pytest

from tests.house.code_rules import OWN_WRITERS, RULES
from tests.house.sources import PACKAGE, Source, sources

_BROKEN = {
    "no module that runs code from data": ["import pickle", "from yaml import load", "import os, marshal"],
    "no call that runs code from data, trusts archives or speaks past `say`": [
        "eval('1')",
        "print('x')",
        "tar.extractall(path)",
        "mlflow.pyfunc.load_model(uri)",
        "subprocess.run(line, shell=True)",
        "torch.load(path, weights_only=False)",
        "numpy.load(path, allow_pickle=True)",
    ],
    "torch.load reads weights only": ["torch.load(path)"],
    "YAML is plain": ["YAML(typ='unsafe')", "YAML()"],
    "files are replaced whole": [
        "open(path, 'w')",
        "path.open('wb')",
        "path.open(mode='a+')",
        "os.fdopen(handle, 'x')",
        "path.write_text(text)",
    ],
    "nothing listens on every interface": ["host = '0.0.0.0'"],
    "a file says what it is for": ["import os"],
    "annotations are not run": ["def f(): ...", "class C: ..."],
    "functions are short": ["def f():\n" + "    x = 1\n" * 60],
}
_KEPT = '''"""Says."""
from __future__ import annotations
files.write_text(path, text)
path.open("rb")
torch.load(path, weights_only=True)
YAML(typ="rt")
def f(): return path.open()
'''


@pytest.mark.parametrize("rule", RULES)
def test_every_file_keeps_the_rule(rule: str):
    broken = [f"dlpipe/{source.name}:{where}" for source in sources() for where in RULES[rule](source)]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(("rule", "code"), [(rule, code) for rule, codes in _BROKEN.items() for code in codes])
def test_a_rule_finds_what_breaks_it(rule: str, code: str):
    assert list(RULES[rule](Source("somewhere.py", ast.parse(code))))


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_finds_nothing_in_good_code(rule: str):
    assert not list(RULES[rule](Source("somewhere.py", ast.parse(_KEPT))))


def test_every_rule_is_tried():
    assert set(_BROKEN) == set(RULES)


def test_every_file_that_may_write_is_there():
    assert not [name for name in OWN_WRITERS if not (PACKAGE / name).is_file()]
