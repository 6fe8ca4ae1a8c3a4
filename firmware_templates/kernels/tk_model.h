/* SPDX-License-Identifier: 0BSD
 * What a rendered model tells about itself: the same functions and facts as its own header, as one value, so that
 * code which serves any model (a test harness, a model manager) needs no generated names. */
#ifndef TK_MODEL_H
#define TK_MODEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Element types of a model's inputs and outputs. */
enum { TK_INT8 = 0, TK_UINT8 = 1, TK_INT16 = 2, TK_FLOAT32 = 3, TK_INT32 = 4 };

/** One input or output as the caller sees it; real = scale * (stored - zero_point). */
typedef struct tk_tensor {
    const char *name;
    uint8_t dtype;        /**< TK_INT8 ... */
    uint8_t rank;         /**< entries of `shape` */
    const int32_t *shape;
    uint32_t bytes;       /**< of the whole tensor, in `dtype` */
    float scale;          /**< of the int8 tensor behind it, also where `dtype` is float */
    int32_t zero_point;
} tk_tensor;

/** A model. One instance exists; nothing here is re-entrant. */
typedef struct tk_model {
    const char *name;
    const char *info;      /**< one line: name, operators, plan, arena */
    const uint8_t *hash;   /**< SHA-256 of the model file, 32 bytes */
    uint32_t arena_bytes;
    uint32_t variable_bytes; /**< of the arena, what keeps its value between inferences; init gives it its first value */
    uint16_t inputs, outputs, blocks;
    const tk_tensor *input, *output;
    void (*init)(void);
    void (*invoke)(void);  /**< one inference */
    int (*step)(void);     /**< one block of it; 1 while more remain, 0 when the outputs are ready */
    /** Sets `bytes` bytes of input `index` from byte `offset`, both counted in the caller's type and multiples of its
     * element size; float elements are quantised on the way. Ranges outside the tensor are ignored. */
    void (*write_input)(unsigned index, uint32_t offset, const void *data, uint32_t bytes);
    /** Reads `bytes` bytes of output `index` from byte `offset`, in the caller's type. */
    void (*read_output)(unsigned index, uint32_t offset, void *data, uint32_t bytes);
    /** 0; or, where the only input is streamed, the bytes of it (in the caller's type) that move the inference on: it is
     * written in order, from offset 0 again for each inference, and what came before is not written twice. */
    uint32_t piece_bytes;
} tk_model;

#ifdef __cplusplus
}
#endif
#endif
