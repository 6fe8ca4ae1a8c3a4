/* SPDX-License-Identifier: 0BSD
 * The serial protocol of the MLPerf Tiny benchmark (github.com/mlcommons/tiny, benchmark/api): commands of plain text that end
 * with '%', at most 80 characters long, each answered by lines of which "m-ready" is the last.
 *
 * Frames begin with a zero byte and a byte of 0x80 or more, neither of which is text: both protocols share the port.
 *
 * The input comes into RAM that nothing else claims, and is copied to the model's own place before each inference, which
 * overwrites it there. */
#ifndef TK_MLPERF_H
#define TK_MLPERF_H

#include <stdint.h>

/** Prints what the benchmark's firmware prints when it starts. */
void tk_mlperf_start(void);

/** What one more byte of text led to. */
typedef enum tk_mlperf_event {
    TK_MLPERF_NOTHING,  /**< to nothing yet, or to something that is no command */
    TK_MLPERF_ANSWERED, /**< to a command */
    TK_MLPERF_INFERRED, /**< to one that ran inferences, so that the model's tensors are no longer what they were */
} tk_mlperf_event;

/** Takes one byte of text, and runs the command that it completes. */
tk_mlperf_event tk_mlperf_receive(uint8_t byte);

/** Forgets a command that has begun. */
void tk_mlperf_forget(void);

#endif
