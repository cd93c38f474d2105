"""Prints what a run file of muninn says: python read_run.py FILE (numpy and safetensors are needed)."""
import json
import sys

import numpy
from safetensors import safe_open
from safetensors.numpy import load_file


def load(path):
    """Tensors and manifest. Numpy has no bfloat16, whose 16 bits are the upper half of a float32."""
    with safe_open(path, framework="numpy") as file:
        manifest = json.loads(file.metadata()["manifest"])
    if not manifest["compact"]:
        return load_file(path), manifest
    with open(path, "rb") as file:
        data = file.read()
    start = 8 + int.from_bytes(data[:8], "little")
    tensors = {}
    for name, entry in json.loads(data[8:start]).items():
        if name != "__metadata__":
            kind = {"F32": "<f4", "I32": "<i4", "BF16": "<u2"}[entry["dtype"]]
            first, end = (start + offset for offset in entry["data_offsets"])
            values = numpy.frombuffer(data[first:end], kind).reshape(entry["shape"])
            is_half = entry["dtype"] == "BF16"
            tensors[name] = (values.astype("<u4") << 16).view("<f4") if is_half else values
    return tensors, manifest


if __name__ == "__main__":
    tensors, manifest = load(sys.argv[1])
    texts = manifest["vocabulary"]["texts"]
    for run in manifest["runs"]:
        name = f"run.{run['node']}"
        states = tensors.get(f"{name}.states")  # [kept, tokens, width]
        best = tensors[f"{name}.candidates"][:, -1, 0]  # [iterations + 1], token ids
        entropy = tensors[f"{name}.readings"][:, -1, 0]  # [iterations + 1], nats
        print(f"{name} {''.join(texts[str(id)] for id in tensors[f'{name}.ids'])!r}", end=" ")
        print("no states" if states is None else f"states {states.shape} {states.dtype}")
        for iteration, (token, nats) in enumerate(zip(best, entropy)):
            print(f"  r {iteration} {texts.get(str(token), '-')!r} entropy {nats:.4f}")
