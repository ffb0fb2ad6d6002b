//! The atlas of orders, from outside.

use super::{folder, output, simulate};

/// Every order of four neurons, written from any of them on.
#[test]
fn an_order_is_looked_up_by_its_text() {
    let folder = folder();
    let small = [
        "run",
        "memory-orders",
        "--set",
        "network.neurons=4",
        "--set",
        "network.b=0.3",
        "--set",
        "orders.drawn=1-3-2-4",
        "--set",
        "output.samples=50",
        "--out",
        "a",
    ];
    let found = output(&mut simulate(folder.path(), &small));
    assert_eq!(found.code, 0, "{}", found.stderr);
    let query = |text: &str| {
        output(&mut simulate(
            folder.path(),
            &["query", "a", text, "--json"],
        ))
    };
    let found = query("2-4-1-3");
    assert_eq!(found.code, 0, "{}", found.stderr);
    let rows: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(rows[0]["order"], "1-3-2-4");
    assert_eq!(rows[0]["fate"], "memory");
    assert!((rows[0]["period"].as_f64().unwrap() - 3.848_179_379_8).abs() < 1e-9);
    for (text, words) in [
        ("1-3-2", "its orders have 4 neurons"),
        ("1-3-2-2", "neuron 4 is missing"),
        ("1324", "is missing"),
        ("1-x", "`x` is no neuron"),
    ] {
        let refused = query(text);
        assert_eq!(refused.code, 2, "{text}");
        assert!(refused.stderr.contains(words), "{text}: {}", refused.stderr);
    }
}

#[test]
fn what_is_no_network_of_orders_is_refused_with_its_place() {
    let folder = folder();
    for (model, set, words) in [
        ("memory-orders", "network.neurons=11", "3628800 orders"),
        ("memory-orders", "network.neurons=1", "from 2 to 10 neurons"),
        (
            "memory-orders",
            "orders.drawn=1-2",
            "another number of neurons",
        ),
        ("memory-orders", "start.first=0.5", "must be negative"),
        (
            "memory-sets-and-orders",
            "network.mismatch=0.1",
            "unequal neurons",
        ),
        (
            "memory-sets-and-orders",
            "region.vertical.parameter=mismatch",
            "unequal neurons",
        ),
        ("order-recall", "network.neurons=2", "from 3 to 20 neurons"),
        ("order-recall", "recall.most=9", "more than there are"),
        (
            "order-recall",
            "coupling.topology=ring",
            "only those of equal steps",
        ),
        ("order-recall", "recall.corruptions=[]", "corruptions"),
        ("order-recall", "recall.jitter=[0.1,0.1]", "twice"),
        ("memory-orders", "orders.returns=100000", "too many"),
        ("order-capacity", "network.neurons=9", "from 3 to 7 neurons"),
        ("order-capacity", "capacity.stored=[200]", "of 120 orders"),
        (
            "order-capacity",
            "capacity.contrast=[1.5]",
            "contrast above 1",
        ),
        ("memory-lifetime", "network.h=3.33333", "divides the delays"),
        ("memory-lifetime", "network.lambda=20", "relay limit"),
        ("memory-lifetime", "lifetime.sizes=[4]", "4 of 3 neurons"),
    ] {
        let refused = output(&mut simulate(
            folder.path(),
            &["check", model, "--set", set],
        ));
        assert_eq!(refused.code, 2, "{set}: {}", refused.stdout);
        assert!(refused.stderr.contains(words), "{set}: {}", refused.stderr);
    }
}
