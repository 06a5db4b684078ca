"""The launcher: Rasa without TensorFlow, and with a closed HTTP API.

    python -m bot.rasa train | run | data validate | test ...

takes the same arguments as `rasa`. Seven things differ:

* Rasa 3.6.21 imports TensorFlow at start although no component of ours uses it. Eight of its modules are
  therefore served as empty stand-ins, which halves memory and start-up. That is safe for exactly one version.
* OMP_NUM_THREADS is 1 before numpy is loaded: the embedding engine and scikit-learn share one OpenMP runtime,
  and on a busy machine their threads wait for each other for seconds.
* `--enable-api` opens nothing but `/model/parse` and `/version` without a token (S11, see bot/nlu/http.py).
* An action server that is being restarted is called again (bot/remote_actions.py).
* Messages are understood beside the event loop, not on it (bot/parsing.py).
* What is loaded at start is left alone by the garbage collector (bot/pauses.py).
* `--auth-token @FILE` reads the token from FILE, so that no list of processes shows it.

Code that imports Rasa in another way (a test, a benchmark) calls `prepare()` first.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.metadata
import os
import sys
import warnings
from collections.abc import Sequence
from types import ModuleType

SUPPORTED_RASA = "3.6.21"

STAND_INS: dict[str, tuple[str, ...]] = {
    "rasa.utils.tensorflow.callback": ("RasaTrainingLogger", "RasaModelCheckpoint"),
    "rasa.utils.tensorflow.data_generator": ("RasaBatchDataGenerator",),
    "rasa.core.policies.ted_policy": ("TEDPolicy",),
    "rasa.core.policies.unexpected_intent_policy": ("UnexpecTEDIntentPolicy",),
    "rasa.nlu.classifiers.diet_classifier": ("DIETClassifier",),
    "rasa.nlu.featurizers.dense_featurizer.convert_featurizer": ("ConveRTFeaturizer",),
    "rasa.nlu.featurizers.dense_featurizer.lm_featurizer": ("LanguageModelFeaturizer",),
    "rasa.nlu.selectors.response_selector": ("ResponseSelector",),
}


class UnsupportedRasa(RuntimeError):
    """The installed Rasa is not the one that the stand-ins were made for."""


class _StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Serves the modules of `STAND_INS`, each with its classes and nothing in them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        return importlib.machinery.ModuleSpec(fullname, self) if fullname in STAND_INS else None

    def exec_module(self, module: ModuleType) -> None:
        for name in STAND_INS[module.__name__]:
            setattr(module, name, type(name, (), {"__module__": module.__name__}))


def prepare() -> None:
    """Makes `import rasa` work without TensorFlow. Must run before it; a second call does nothing.

    Raises `UnsupportedRasa` where Rasa is missing or another version.
    """
    if any(isinstance(finder, _StandIns) for finder in sys.meta_path):
        return
    _refuse_other_versions()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")  # Rasa is written for SQLAlchemy 1.4
    sys.meta_path.insert(0, _StandIns())


def _refuse_other_versions() -> None:
    try:
        found = importlib.metadata.version("rasa")
    except importlib.metadata.PackageNotFoundError:
        found = "none"
    if found != SUPPORTED_RASA:
        raise UnsupportedRasa(f"Tier0 runs on Rasa {SUPPORTED_RASA} only, found: {found}. Run `make setup`.")


def main() -> None:
    """Runs Rasa's command line on `sys.argv`."""
    try:
        prepare()
    except UnsupportedRasa as wrong:
        sys.exit(str(wrong))
    # While they are imported, Rasa's dependencies warn of each other's age: pinned, known, not for operators.
    with warnings.catch_warnings(record=True) as said:
        import pkg_resources  # noqa: F401  # Rasa imports it later, and it warns of itself
        from rasa.__main__ import main as rasa_main

        from bot import parsing, pauses, remote_actions, sanic_guard
        from bot.nlu.http import close_api
    _repeat_unknown(said)
    close_api()
    remote_actions.install()
    sanic_guard.install()
    pauses.install()
    parsing.install()
    rasa_main()


def _repeat_unknown(said: list[warnings.WarningMessage]) -> None:
    for warning in said:
        known = issubclass(warning.category, (DeprecationWarning, PendingDeprecationWarning))
        if not known and "pkg_resources" not in str(warning.message):
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


if __name__ == "__main__":
    main()
