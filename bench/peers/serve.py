"""The Python side of a benchmark: answers one JSON request a line, and times runs itself.

An operation is called `PACKAGE what`; its function gets the arguments of the request, loads its data, and returns
what is to be timed, or that and a function that brings the result into an array to compare (not timed).
"""
import importlib
import json
import os
import sys
import time
import warnings

import numpy

warnings.filterwarnings("ignore")


def version(name):
    module = importlib.import_module(name)
    found = getattr(module, "__version__", None)
    if found is None:
        found = importlib.import_module(name + ".version").version
    return str(found)


def serve(packages, operations):
    # Libraries may print; what they print must not become an answer.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    versions, missing = {"numpy": numpy.__version__, "python": sys.version.split()[0]}, {}
    for name in packages:
        try:
            versions[name] = version(name)
        except Exception as error:
            missing[name] = str(error)
    print(json.dumps({"versions": versions, "missing": missing}), file=answers)
    ready, results = {}, {}
    for line in sys.stdin:
        request = json.loads(line)
        op, answer = request["op"], {}
        try:
            if request["do"] == "prepare":
                made = operations[op](**request["args"])
                ready[op] = made if isinstance(made, tuple) else (made, lambda x: x)
            elif request["do"] == "run":
                results.pop(op, None)
                start, cpu = time.perf_counter(), time.process_time()
                results[op] = ready[op][0]()
                answer["cpuSeconds"] = time.process_time() - cpu
                answer["seconds"] = time.perf_counter() - start
            elif request["do"] == "save":
                numpy.save(request["file"], numpy.ascontiguousarray(ready[op][1](results[op])))
            elif request["do"] == "forget":
                ready.pop(op, None)
                results.pop(op, None)
        except Exception as error:
            answer["error"] = "%s: %s: %s" % (op, type(error).__name__, error)
        print(json.dumps(answer), file=answers)
