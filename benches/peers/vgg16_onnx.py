"""The convolutions of VGG-16 on one image of 224 x 224 pixels, in ONNX Runtime on the CPU: beside `cargo bench --bench partition`.

python3 -m venv peers && peers/bin/pip install onnxruntime onnx numpy && peers/bin/python benches/peers/vgg16_onnx.py [THREADS]

Weights are drawn; no file is loaded. Least time of ten inferences after one to warm up.
"""

import sys
import time

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

CHANNELS = [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]]

random = numpy.random.default_rng(1)
nodes, weights = [], []
name, channels, side, work = "image", 3, 224, 0
for block in CHANNELS:
    for made in block:
        place = len(nodes)
        matrix = random.standard_normal((made, channels, 3, 3)) * (2 / (9 * channels)) ** 0.5
        weights.append(numpy_helper.from_array(matrix.astype("f4"), f"w{place}"))
        weights.append(numpy_helper.from_array(numpy.zeros(made, "f4"), f"b{place}"))
        nodes.append(helper.make_node("Conv", [name, f"w{place}", f"b{place}"], [f"sums{place}"], pads=[1, 1, 1, 1]))
        nodes.append(helper.make_node("Relu", [f"sums{place}"], [f"map{place}"]))
        name, work, channels = f"map{place}", work + 2 * 9 * channels * made * side * side, made
    nodes.append(helper.make_node("MaxPool", [name], [f"pool{side}"], kernel_shape=[2, 2], strides=[2, 2]))
    name, side = f"pool{side}", side // 2
image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 224, 224])
output = helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, side, side])
model = helper.make_model(
    helper.make_graph(nodes, "vgg16", [image], [output], weights),
    opset_imports=[helper.make_opsetid("", 17)],
    ir_version=8,
)
onnx.checker.check_model(model)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
shown = {"image": random.random((1, 3, 224, 224), dtype="f4")}
session.run(None, shown)
times = []
for _ in range(10):
    start = time.perf_counter()
    session.run(None, shown)
    times.append(time.perf_counter() - start)
print(f"onnxruntime {onnxruntime.__version__}, {options.intra_op_num_threads} threads: {min(times):.3f} s, {1e-9 * work / min(times):.1f} GFLOP/s")
