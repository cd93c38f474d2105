"""Prints what a run file of muninn says: python read_run.py FILE (numpy and safetensors are needed)."""
import json
import sys

from safetensors import safe_open
from safetensors.numpy import load_file

path = sys.argv[1]
tensors = load_file(path)
with safe_open(path, framework="numpy") as file:
    manifest = json.loads(file.metadata()["manifest"])
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
