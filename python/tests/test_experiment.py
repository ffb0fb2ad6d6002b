"""Model files: results, errors with the crate's words, sweeps, folders."""

import json
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

import pulsatrix

SHORT = {"solver.t_end": 50.0, "analysis.discard": 20.0}


def closed_form_period(k, a, b, c, h):
    """Period of the k-dominance cycle of the relay limit, t0 < h <= t0 + 1."""
    t0 = 1 + 1 / a
    if k == 1:
        return 2 + a + 1 / a
    strength = b * (k - 1)
    assert t0 < h < 2 + a + 1 / a
    if h <= t0 + 1:
        first, second = np.exp(-strength * (t0 + 1 - h)), np.exp(-strength * (h - 1))
        x1 = c - a / strength + (-a * (h - t0) - c + a / strength) * first
        end = c + 1 / strength + (x1 - c - 1 / strength) * second
    else:
        end = c + 1 / strength + (-a + h - t0 - 1 - c - 1 / strength) * np.exp(-strength * t0)
    return h + t0 - end


def test_a_run_gives_report_tables_arrays_and_settings():
    found = pulsatrix.run("group-dominance", {"network.b": 0.4})
    assert found.report["experiment"] == found.experiment == "atlas"
    assert found.settings["network"]["b"] == 0.4
    network = found.settings["network"]
    table = found.tables["patterns"]
    relay = [engine == "relay" for engine in table["engine"]]
    assert sum(relay) == 7
    for pattern, period in zip(np.array(table["pattern"])[relay], table["period"][relay]):
        expected = closed_form_period(pattern.count("1"), network["a"], 0.4, network["c"], network["h"])
        assert period == pytest.approx(expected, abs=1e-9)
    assert all(isinstance(array, np.ndarray) for array in found.arrays.values())
    for name, (axes, _) in found.array_descriptions.items():
        assert len(axes) in (0, found.arrays[name].ndim)
    again = pickle.loads(pickle.dumps(found))
    assert again.report == found.report


def test_a_kept_run_is_what_was_returned(tmp_path):
    found = pulsatrix.run("hutchinson", SHORT, out=tmp_path / "run")
    assert found.folder == tmp_path / "run"
    assert json.loads((found.folder / "report.json").read_text()) == found.report
    for name, array in found.arrays.items():
        assert np.array_equal(np.load(found.folder / f"{name}.npy"), array)
    assert list((found.folder / "plots").glob("*.svg"))
    second = pulsatrix.run("hutchinson", SHORT, out=tmp_path / "run")
    assert second.folder == tmp_path / "run-2"
    # the resolved text runs again and gives the same
    assert pulsatrix.run(found.resolved).report == found.report


def test_a_model_may_be_a_name_a_path_or_a_text(tmp_path):
    text = 'experiment = "equation"\n[equation]\nname = "hutchinson"\nparameters = { r = 1.0, lag = 1.0 }\n'
    text += "[history]\nvalue = 0.5\n[solver]\nt_end = 30.0\n"
    path = tmp_path / "own.toml"
    path.write_text(text)
    finals = [pulsatrix.run(model).report["final"]["value"] for model in (text, path, str(path))]
    assert finals[0] == finals[1] == finals[2]
    assert abs(finals[0] - 1) < 0.01


def test_mistakes_are_raised_with_place_and_remedy():
    with pytest.raises(pulsatrix.ModelError, match="did you mean `network`|unknown key") as caught:
        pulsatrix.check("group-dominance", {"netwrok.b": 1})
    assert isinstance(caught.value, ValueError)
    with pytest.raises(pulsatrix.ModelError) as caught:
        pulsatrix.run("hutchinson", {"solver.t_end": -1})
    (problem,) = caught.value.problems
    assert problem["set"] == "solver.t_end=-1"
    assert problem["line"] > 0 and "t_end" in str(caught.value)
    with pytest.raises(pulsatrix.ModelError, match="there is no model `hutchinsn`.*did you mean `hutchinson`"):
        pulsatrix.check("hutchinsn")


def test_values_of_overrides_are_written_as_toml():
    overrides = {"network.a": np.array([1.0, 1.0, 1.0]), "title": 'say "so"', "atlas.certify": True, "seed": np.int64(3)}
    settings = pulsatrix.check("group-dominance", overrides).settings
    assert settings["network"]["a"] == [1.0, 1.0, 1.0]
    assert settings["title"] == 'say "so"'
    assert settings["atlas"]["certify"] is True and settings["seed"] == 3
    assert pulsatrix.check("group-dominance", {"network.lambda": float("inf")}).settings["network"]["lambda"] == "infinity"
    with pytest.raises(TypeError, match="no value of a model file"):
        pulsatrix.check("group-dominance", {"network.b": 1j})


def test_every_shipped_model_has_a_title():
    models = pulsatrix.models()
    assert "mackey-glass" in models and all(models.values())


def test_a_sweep_has_a_column_for_every_scalar(tmp_path):
    over = {"equation.parameters.r": np.array([1.0, 2.0, 2.5])}
    found = pulsatrix.sweep("hutchinson", over, {"solver.t_end": 200.0}, out=tmp_path / "sweep")
    assert found.points == 3 and found.failed == 0
    assert found["equation.parameters.r"].tolist() == [1.0, 2.0, 2.5]
    # below pi/2 the population settles at 1 and has no period
    assert found["final.value"][0] == pytest.approx(1.0, abs=1e-6)
    assert np.isnan(found["period.value"][0]) and found["period.value"][2] > found["period.value"][1] > 4
    rows = (tmp_path / "sweep" / "sweep.csv").read_text().splitlines()
    assert len(rows) == 4
    grid = pulsatrix.sweep("hutchinson", {"equation.parameters.r": "1.0:1.2:3"}, SHORT)
    assert grid["equation.parameters.r"].tolist() == [1.0, 1.1, 1.2]
    with pytest.raises(pulsatrix.ModelError, match="no number"):
        pulsatrix.sweep("hutchinson", {"equation.name": [1.0]})


def test_progress_is_told_and_may_stop_a_run():
    seen = []
    pulsatrix.run("group-dominance", progress=lambda what, done, total: seen.append((what, done, total)))
    assert seen and all(0 <= done <= total for _, done, total in seen)

    def stop(what, done, total):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        pulsatrix.run("group-dominance", progress=stop)


def test_ctrl_c_stops_a_run_that_can_be_resumed(tmp_path):
    script = f"""
        import pulsatrix, sys
        told = lambda what, done, total: print("going", flush=True)
        try:
            pulsatrix.run("memory-regions", out={str(tmp_path / "run")!r}, progress=told)
        except KeyboardInterrupt:
            print("stopped", flush=True)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "going\n"
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    output = process.communicate(timeout=60)[0]
    assert output.endswith("stopped\n"), output
    assert time.monotonic() - begin < 30
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["ending"]["status"] == "interrupted"
    resumed = pulsatrix.resume(tmp_path / "run")
    assert resumed.report["experiment"] == resumed.experiment
    # of a run that is complete, all is read back
    again = pulsatrix.resume(tmp_path / "run")
    assert again.report == resumed.report and again.settings == resumed.settings
    assert again.array_descriptions == resumed.array_descriptions
    assert again.arrays.keys() == resumed.arrays.keys()
    assert all(np.array_equal(array, resumed.arrays[name], equal_nan=True) for name, array in again.arrays.items())
    assert again.tables.keys() == resumed.tables.keys() and str(again) == str(resumed)


def test_a_sample_has_points_and_is_of_one_kind():
    over = {"equation.parameters.r": "1.0:2.0"}
    for name in ("random", "latin"):
        with pytest.raises(ValueError, match=f"{name}: 0, expected 1 or more"):
            pulsatrix.sweep("hutchinson", over, SHORT, **{name: 0})
    with pytest.raises(TypeError, match="latin: .* give one of the two"):
        pulsatrix.sweep("hutchinson", over, SHORT, random=3, latin=3)
    found = pulsatrix.sweep("hutchinson", over, SHORT, latin=3)
    assert found.points == 3 and found.failed == 0
    with pytest.raises(ValueError, match="seed: -1, expected 0 or more"):
        pulsatrix.sweep("hutchinson", over, SHORT, latin=3, seed=-1)


def test_standard_input_belongs_to_the_command_line():
    with pytest.raises(ValueError, match="give the text itself"):
        pulsatrix.run("-")
    with pytest.raises(pulsatrix.ModelError) as caught:
        pulsatrix.check("no-such-model")
    assert "standard input" not in str(caught.value) + str(caught.value.problems)
    assert "give the path of a file or a shipped name, as `pulsatrix.models()` lists them" in str(caught.value)
    with pytest.raises(TypeError, match="overrides: expected a dictionary of values by key, found list"):
        pulsatrix.check("hutchinson", ["seed=1"])


def test_what_cannot_fit_into_memory_is_a_memory_error():
    script = """
        import resource
        import numpy as np
        import pulsatrix
        resource.setrlimit(resource.RLIMIT_AS, (6_000_000_000, 6_000_000_000))
        calls = [
            lambda: pulsatrix.PredictiveNetwork([30_000, 30_000]),
            lambda: pulsatrix.Hopfield(np.ones((1, 30_000))),
            lambda: pulsatrix.limit_ntk(np.ones((40_000, 2))),
            lambda: pulsatrix.empirical_ntk([np.ones((1, 2))], np.ones((40_000, 2))),
        ]
        for call in calls:
            try:
                call()
            except MemoryError as error:
                print(error, flush=True)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=120)
    lines = ended.stdout.splitlines()
    assert ended.returncode == 0 and len(lines) == 4, ended
    assert all("GB of memory" in line for line in lines)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_without_its_threads_says_so():
    script = """
        import os, sys
        import pulsatrix
        pulsatrix.ImpulseNetwork(3).atlas()
        if os.fork() == 0:
            # one thread is enough for this,
            assert abs(pulsatrix.solve({"x": "1"}, start={"x": 0}, t=1.0).y[0, -1] - 1.0) < 1e-12
            try:
                pulsatrix.ImpulseNetwork(3).atlas()
            except RuntimeError as error:
                print(error, flush=True)
            os._exit(0)
        os.wait()
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=60)
    assert "spawn" in ended.stdout, ended
