"""Every supported operator, by its name in the `.tflite` schema."""

from __future__ import annotations

from tinykit.graph.ir import DType
from tinykit.ops.add import ADD
from tinykit.ops.base import Operator
from tinykit.ops.batch_matmul import BATCH_MATMUL
from tinykit.ops.block_moves import DEPTH_TO_SPACE, SPACE_TO_DEPTH
from tinykit.ops.concatenation import CONCATENATION
from tinykit.ops.conv import CONV_2D
from tinykit.ops.depthwise_conv import DEPTHWISE_CONV_2D
from tinykit.ops.div import DIV
from tinykit.ops.elementwise import ABS, RSQRT
from tinykit.ops.float32 import FLOAT32
from tinykit.ops.float32.quantize import CAST, DEQUANTIZE
from tinykit.ops.float32.unary import REALS_ONLY
from tinykit.ops.fully_connected import FULLY_CONNECTED
from tinykit.ops.gather import BROADCAST_TO, GATHER, MIRROR_PAD, RESIZE_NEAREST_NEIGHBOR, TILE
from tinykit.ops.hard_swish import HARD_SWISH
from tinykit.ops.int16 import INT16
from tinykit.ops.l2_normalization import L2_NORMALIZATION
from tinykit.ops.leaky_relu import LEAKY_RELU
from tinykit.ops.log_softmax import LOG_SOFTMAX
from tinykit.ops.lstm import UNIDIRECTIONAL_SEQUENCE_LSTM
from tinykit.ops.mean import MEAN, SUM
from tinykit.ops.min_max import MAXIMUM, MINIMUM
from tinykit.ops.mul import MUL
from tinykit.ops.pad import PAD, PADV2
from tinykit.ops.pool import AVERAGE_POOL_2D, MAX_POOL_2D
from tinykit.ops.prelu import PRELU
from tinykit.ops.quantize import QUANTIZE
from tinykit.ops.real_functions import ELU, EXP, GELU, LOG
from tinykit.ops.reduce_extremes import ARG_MAX, ARG_MIN, REDUCE_MAX, REDUCE_MIN
from tinykit.ops.relu import RELU, RELU6, RELU_N1_TO_1
from tinykit.ops.resize_bilinear import RESIZE_BILINEAR
from tinykit.ops.sigmoid import LOGISTIC, TANH
from tinykit.ops.slice import SLICE
from tinykit.ops.softmax import SOFTMAX
from tinykit.ops.squared_difference import SQUARED_DIFFERENCE
from tinykit.ops.sub import SUB
from tinykit.ops.svdf import SVDF
from tinykit.ops.transpose import TRANSPOSE
from tinykit.ops.transpose_conv import TRANSPOSE_CONV
from tinykit.ops.typed import Typed
from tinykit.ops.variables import ASSIGN_VARIABLE, READ_VARIABLE


def _others(kind: str) -> dict[DType, Operator]:
    """The declarations of an operator for types of its own."""
    return {dtype: found[kind] for dtype, found in ((DType.INT16, INT16), (DType.FLOAT32, FLOAT32)) if kind in found}


OPERATORS: dict[str, Operator] = {
    operator.kind: Typed(operator, found) if (found := _others(operator.kind)) else operator
    for operator in (
        ABS,
        ADD,
        ARG_MAX,
        ARG_MIN,
        ASSIGN_VARIABLE,
        AVERAGE_POOL_2D,
        BATCH_MATMUL,
        BROADCAST_TO,
        CAST,
        CONCATENATION,
        CONV_2D,
        DEPTHWISE_CONV_2D,
        DEPTH_TO_SPACE,
        DEQUANTIZE,
        DIV,
        ELU,
        EXP,
        FULLY_CONNECTED,
        GATHER,
        GELU,
        HARD_SWISH,
        L2_NORMALIZATION,
        LEAKY_RELU,
        LOG,
        LOGISTIC,
        LOG_SOFTMAX,
        MAXIMUM,
        MAX_POOL_2D,
        MEAN,
        MINIMUM,
        MIRROR_PAD,
        MUL,
        PAD,
        PADV2,
        PRELU,
        QUANTIZE,
        READ_VARIABLE,
        REDUCE_MAX,
        REDUCE_MIN,
        RELU,
        RELU6,
        RELU_N1_TO_1,
        RESIZE_BILINEAR,
        RESIZE_NEAREST_NEIGHBOR,
        RSQRT,
        SLICE,
        SOFTMAX,
        SPACE_TO_DEPTH,
        SQUARED_DIFFERENCE,
        SUB,
        SUM,
        SVDF,
        TANH,
        TILE,
        TRANSPOSE,
        TRANSPOSE_CONV,
        UNIDIRECTIONAL_SEQUENCE_LSTM,
        *REALS_ONLY,
    )
}
