"""What the lessons share: counting, data, figures, training, and the exercises with their checks.

Importing this package first settles how Keras starts: on TensorFlow, on the CPU, and without log lines.
"""

import logging
import os

from utils.processor import read_cpuinfo, vector_width

# A learner's results should equal the stored ones: a graphics card, or another backend in somebody's
# ~/.keras/keras.json, gives other digits.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
# Intel's kernels for large products: TensorFlow takes them of itself only on the newest processors. On an AMD
# without AVX-512 a step of lesson 13 takes half the time with them.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# TensorFlow's log lines bypass Python, so they would appear in some front ends and not in others.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# XLA, which compiles the loop in utils.llm.generate: its vectors are as wide as suits the processor. And it
# takes what is the same in every round out of a loop, so that a model kept in 8 bits would be widened to 32
# before the loop, and read at four times its size in it.
os.environ.setdefault(
    "XLA_FLAGS",
    f"--xla_cpu_prefer_vector_width={vector_width(read_cpuinfo())} "
    "--xla_disable_hlo_passes=while-loop-invariant-code-motion",
)
# A filter, since TensorFlow sets the level itself when it is imported in a notebook.
logging.getLogger("tensorflow").addFilter(lambda record: record.levelno >= logging.ERROR)
