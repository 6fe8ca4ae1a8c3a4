/* SPDX-License-Identifier: 0BSD
 * An input that is kept: in RAM that nothing else claims, so that it can be given to the model again and again. */
#ifndef TK_BUFFER_H
#define TK_BUFFER_H

#include <stdbool.h>
#include <stdint.h>

#include "tk_model.h"

typedef enum tk_buffer_state {
    TK_BUFFER_MORE, /**< more bytes are expected */
    TK_BUFFER_DONE, /**< that was the last one */
    TK_BUFFER_FULL, /**< none was expected */
} tk_buffer_state;

/** Bytes an input may have. */
uint32_t tk_buffer_room(void);

/** Empties the buffer and expects `bytes` bytes. False, and nothing is changed, where there is no room for them. */
bool tk_buffer_expect(uint32_t bytes);

/** Appends one byte. */
tk_buffer_state tk_buffer_append(uint8_t byte);

/** Bytes received, and the bytes. */
uint32_t tk_buffer_size(void);
const uint8_t *tk_buffer_bytes(void);

/** Makes what was received ready for the model's first input: either as many bytes as that takes, or as many floats as it has
 * values; where nothing was ever expected, zeros. With `pixels` bytes are pixels from 0 to 255, which an int8 input takes less
 * 128. False where the number of bytes is neither. */
bool tk_buffer_prepare(bool pixels);

/** Writes the prepared input to the model. */
void tk_buffer_to_input(void);

/** The values that were received as the model's first input has them, and value `i` as a real number. */
uint32_t tk_buffer_values(void);
float tk_buffer_value(uint32_t i);

/** Elements of a tensor. */
uint32_t tk_tensor_values(const tk_tensor *tensor);

/** Value `i` of the model's first output, as a real number. */
float tk_output_value(uint32_t i);

#endif
