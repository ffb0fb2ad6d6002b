"""Delay equations against closed forms by the method of steps, and against NumPy."""

import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
from math import factorial

import numpy as np
import pytest

import pulsatrix


def steps(t):
    """x' = -x(t - 1) with x = 1 before 0: the method of steps gives sum_k (-1)^k (t - k + 1)^k / k!."""
    t = np.asarray(t, dtype=float)
    terms = [(-1) ** k * np.clip(t - k + 1, 0, None) ** k / factorial(k) * (t >= k - 1) for k in range(12)]
    return np.sum(terms, axis=0)


@pytest.mark.parametrize("method, tolerance", [("tsit5", 1e-9), ("dop853", 1e-10), ("radau5", 1e-8)])
def test_text_follows_the_method_of_steps(method, tolerance):
    sol = pulsatrix.solve({"x": "-a*x(t - tau)"}, {"a": 1, "tau": 1}, {"x": 1}, 8.0, method=method, tolerance=tolerance)
    assert np.abs(sol.y[0] - steps(sol.t)).max() < 20 * tolerance
    t = np.linspace(0, 8, 333)
    assert np.abs(sol.sol(t)[0] - steps(t)).max() < 50 * tolerance
    assert sol.sol(3.7).shape == (1,) and sol.sol(t).shape == (1, 333)
    slopes = -np.where(t < 1, 1.0, steps(t - 1))
    assert np.abs(sol.sol.slope(t)[0] - slopes).max() < 1e-4
    assert sol.names == ["x"] and sol.status == 0 and sol.nfev > 0
    assert sol.t[0] == 0 and sol.t[-1] == 8 and sol.y.flags.c_contiguous


def test_a_function_gives_what_text_gives():
    t = np.linspace(0, 8, 50)

    def f(t, y, past):
        assert y.shape == (1,) and past.shape == (1, 1)
        return -past[0]

    sol = pulsatrix.solve(f, None, [1.0], 8.0, lags=[1.0], t_eval=t, tolerance=1e-9)
    assert np.array_equal(sol.t, t)
    assert np.abs(sol.y[0] - steps(t)).max() < 1e-8
    # y' = -y(t - pi/2) continues the sine of its history
    late = pulsatrix.solve(
        lambda t, y, past, rate: rate * past[0], {"rate": -1.0}, lambda t: [np.sin(t)], (0, 10), lags=np.pi / 2, tolerance=1e-9
    )
    assert np.abs(late.y[0] - np.sin(late.t)).max() < 1e-7


def test_a_family_with_data_is_its_matrix_exponential():
    rng = np.random.default_rng(3)
    matrix, start = rng.normal(size=(4, 4)), rng.normal(size=4)
    sol = pulsatrix.solve(
        {"x[i]": "sum(j, A[i, j]*x[j])"},
        sizes={"N": 4},
        data={"A": matrix, "x0": start},
        start={"x[i]": "x0[i]"},
        t=1.5,
        tolerance=1e-10,
        observables={"norm": "sqrt(sum(i, x[i]^2))"},
    )
    values, vectors = np.linalg.eig(matrix)
    exact = (vectors * np.exp(1.5 * values) @ np.linalg.solve(vectors, start)).real
    assert np.abs(sol.y[:, -1] - exact).max() < 1e-8 * np.abs(exact).max()
    assert sol["x"].shape == (4, len(sol.t)) and np.array_equal(sol["x[2]"], sol.y[2])
    assert np.allclose(sol["norm"], np.linalg.norm(sol.y, axis=0), rtol=1e-12)


def test_events_happen_at_their_times():
    spike = {"when": "V[i] = 1 rising", "set": {"V[i]": 0}, "emit": ("V[1 - i]", 0.37, 0.1)}
    sol = pulsatrix.solve(
        {"V[i]": "1.5 - 0.2*i - V[i]"}, sizes={"N": 2}, start={"V[i]": "0.3*i"}, t=3.0, tolerance=1e-10,
        events={"spike[i]": spike},
    )
    assert sol.event_names == ["spike[0]", "spike[1]"]
    # between spikes V = I + (V0 - I) exp(-t)
    first, second = np.log(1.5 / 0.5), np.log((1.3 - 0.3) / 0.3)
    assert sol.t_events[0][0] == pytest.approx(first, abs=1e-9)
    assert sol.t_events[1][0] == pytest.approx(second, abs=1e-9)
    assert sol.y_events[0][0, 0] == pytest.approx(1.0, abs=1e-9)

    ball = pulsatrix.solve(
        lambda t, y, past: [y[1], -9.81], None, [10.0, 0.0], 9.0, tolerance=1e-9,
        events={"ground": {"when": lambda t, y: y[0], "direction": "falling", "terminal": True}},
    )
    assert ball.status == 1 and "ground" in ball.message
    assert ball.t_events[0][0] == pytest.approx(np.sqrt(20 / 9.81), abs=1e-9)


def test_inputs_functions_and_windows():
    current = [[0.0, 0.0], [1.0, 2.0], [3.0, 0.0]]
    sol = pulsatrix.solve(
        {"y": "gain(I(t)) - y"}, {}, None, 4.0, start={"y": 0}, functions=["gain(u) = 3*u"],
        inputs={"I": {"points": current, "between": "steps"}}, tolerance=1e-9,
    )
    assert sol.y[0, -1] == pytest.approx(6 * (1 - np.exp(-2)) * np.exp(-1), abs=1e-8)


def test_mistakes_in_formulas_are_raised_with_their_place():
    with pytest.raises(pulsatrix.ModelError, match="nothing is called `xx`.*did you mean `x`") as caught:
        pulsatrix.solve({"x": "-xx(t - 1)"}, {}, {"x": 1}, 1.0)
    (problem,) = caught.value.problems
    assert (problem["part"], problem["key"], problem["column"]) == ("equations", "x", 2)
    with pytest.raises(pulsatrix.ModelError, match="history of `x` is missing"):
        pulsatrix.solve({"x": "-x(t - 1)"}, {}, {}, 1.0)


def test_arguments_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"data: A: shape \(2, 2, 2\), expected \(rows, columns\)"):
        pulsatrix.solve({"x": "1"}, data={"A": np.zeros((2, 2, 2))}, start={"x": 0}, t=1)
    with pytest.raises(TypeError, match="t_eval: dtype complex128 holds no real numbers"):
        pulsatrix.solve({"x": "1"}, start={"x": 0}, t=1, t_eval=[1j])
    with pytest.raises(ValueError, match="method: `rk4`"):
        pulsatrix.solve({"x": "1"}, start={"x": 0}, t=1, method="rk4")
    with pytest.raises(ValueError, match="end of t = -1 is not allowed"):
        pulsatrix.solve({"x": "1"}, start={"x": 0}, t=-1)
    with pytest.raises(TypeError, match="sizes: belongs to equations as text"):
        pulsatrix.solve(lambda t, y, past: y, None, [1.0], 1.0, sizes={"N": 2})
    with pytest.raises(ValueError, match="outside of the solution, from 0 to 1"):
        pulsatrix.solve({"x": "1"}, start={"x": 0}, t=1).sol(1.5)


def test_what_a_function_raises_comes_through():
    def f(t, y, past):
        if t > 0.5:
            raise KeyError("half")
        return -y

    with pytest.raises(KeyError, match="half"):
        pulsatrix.solve(f, None, [1.0], 1.0)
    with pytest.raises(ValueError, match="2 numbers where the state has 1"):
        pulsatrix.solve(lambda t, y, past: [1.0, 2.0], None, [1.0], 1.0)


def test_a_solution_without_an_end_is_a_numerical_error():
    with pytest.raises(pulsatrix.NumericalError, match="t = "):
        pulsatrix.solve({"x": "x^2"}, start={"x": 1}, t=2.0)


def test_a_solution_pickles():
    sol = pulsatrix.solve({"x": "-x(t - 1)"}, {}, {"x": 1}, 5.0)
    again = pickle.loads(pickle.dumps(sol))
    t = np.linspace(0, 5, 100)
    assert np.array_equal(again.sol(t), sol.sol(t)) and np.array_equal(again.y, sol.y)


def test_the_interpreter_goes_on_meanwhile():
    """The GIL is released: another thread counts while the solver runs."""
    count, done = 0, threading.Event()

    def solve():
        formula = {"y": "0.2*y(t - 17)/(1 + y(t - 17)^10) - 0.1*y"}
        pulsatrix.solve(formula, {}, {"y": 0.5}, 2e5, tolerance=1e-9, dense=False, t_eval=[2e5])
        done.set()

    thread = threading.Thread(target=solve)
    thread.start()
    while not done.is_set():
        count += 1
        time.sleep(0.001)
    thread.join()
    assert count > 5


def test_ctrl_c_stops_a_solver():
    script = """
        import pulsatrix
        told = lambda what, done, total: print("going", flush=True)
        formula = {"y": "0.2*y(t - 17)/(1 + y(t - 17)^10) - 0.1*y"}
        try:
            pulsatrix.solve(formula, {}, {"y": 0.5}, 1e8, tolerance=1e-9, dense=False, t_eval=[1e8], progress=told)
        except KeyboardInterrupt:
            print("stopped", flush=True)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "going\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[0].endswith("stopped\n")


def test_a_start_that_is_no_end_of_its_history_keeps_the_history():
    sol = pulsatrix.solve(lambda t, y, past: -past[0], None, [1.0], 5.0, lags=[1.0], start=[3.0], tolerance=1e-9)
    # -1 a unit of time from 3 on, and after 1 the solution of itself
    assert sol.sol(0.0)[0] == 3.0 and sol.sol(1.0)[0] == pytest.approx(2.0, abs=1e-9)
    assert sol.sol(2.0)[0] == pytest.approx(2.0 - 2.5, abs=1e-8)
    text = pulsatrix.solve({"x": "-x(t - 1)"}, {}, {"x": 1}, 5.0, start={"x": 3}, tolerance=1e-9)
    t = np.linspace(0, 5, 101)
    assert np.abs(sol.sol(t) - text.sol(t)).max() < 1e-7
    with pytest.raises(ValueError, match=r"start: shape \(2,\), expected \(1,\)"):
        pulsatrix.solve(lambda t, y, past: -past[0], None, [1.0], 5.0, lags=[1.0], start=[1.0, 2.0])
    with pytest.raises(ValueError, match="history: nan at 0"):
        pulsatrix.solve(lambda t, y, past: -past[0], None, [np.nan], 5.0, lags=[1.0])


def test_the_end_is_asked_for_and_the_order_of_scipy_is_named():
    with pytest.raises(TypeError, match="t: it is missing"):
        pulsatrix.solve({"x": "1"}, start={"x": 0})
    with pytest.raises(TypeError, match=r"solve\(equations, parameters, history, t\)"):
        pulsatrix.solve(lambda t, y, past: -y, (0, 5), [1.0])
    with pytest.raises(TypeError, match="t: '5' is no number"):
        pulsatrix.solve({"x": "1"}, start={"x": 0}, t="5")


def test_inputs_are_read_to_their_last_key():
    def course(points):
        return pulsatrix.solve({"x": "I(t)"}, start={"x": 0}, t=1.0, inputs={"I": points})

    points = [[0.0, 0.0], [1.0, 2.0]]
    assert course({"points": points}).y[0, -1] == pytest.approx(1.0)
    assert course({"points": points, "between": "steps"}).y[0, -1] == pytest.approx(0.0)
    with pytest.raises(ValueError, match="inputs: I: `betwen`, expected one of `points`, `between`"):
        course({"points": points, "betwen": "steps"})
    with pytest.raises(ValueError, match="inputs: I: `points` is missing"):
        course({"between": "steps"})


def test_what_stands_in_the_wrong_form_is_named():
    for name, value in (("events", ["x = 1"]), ("inputs", [1]), ("sizes", [2]), ("data", [1.0])):
        with pytest.raises(TypeError, match=f"{name}: expected a dictionary of .*, found list"):
            pulsatrix.solve({"x": "1"}, start={"x": 0}, t=1.0, **{name: value})
    with pytest.raises(TypeError, match="events: up: expected a dictionary of its parts, found list"):
        pulsatrix.solve({"x": "1"}, start={"x": 0}, t=1.0, events={"up": ["x = 1"]})
    with pytest.raises(ValueError, match="equations: there is none"):
        pulsatrix.solve({}, t=1.0)
    with pytest.raises(TypeError, match="equations: expected a dictionary of formulas by variable, or a function"):
        pulsatrix.solve("-x", t=1.0)
    with pytest.raises(TypeError, match="has given None where the state has 2 numbers"):
        pulsatrix.solve(lambda t, y, past: None, None, [1.0, 2.0], 1.0)
    with pytest.raises(ValueError, match="max_steps: 1180591620717411303424, expected at most"):
        pulsatrix.solve({"x": "1"}, start={"x": 0}, t=1.0, max_steps=2**70)
    with pytest.raises(TypeError, match="parameters: a: 'b' is no number"):
        pulsatrix.solve({"x": "a"}, {"a": "b"}, start={"x": 0}, t=1.0)
    with pytest.raises(ValueError, match="t_eval: 1 entries are masked"):
        pulsatrix.solve({"x": "1"}, start={"x": 0}, t=1.0, t_eval=np.ma.array([0.5, 1.0], mask=[True, False]))
