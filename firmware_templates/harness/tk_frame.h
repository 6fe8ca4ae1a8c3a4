/* SPDX-License-Identifier: 0BSD
 * Frames over a byte stream that may lose, double or corrupt bytes, and that carries plain text between frames.
 *
 *     0x00  kind  COBS(sequence, session, index, value, data, CRC-32 of all from kind on)  0x00
 *
 * `kind` is 0x80 or more, so that a frame is told from text by its first byte; COBS keeps zeros out of what follows,
 * so that the next zero ends the frame whatever was lost. Numbers are little endian. */
#ifndef TK_FRAME_H
#define TK_FRAME_H

#include <stdbool.h>
#include <stdint.h>

enum {
    TK_FRAME_HEADER = 8, /**< kind, sequence, session, index, value */
    TK_FRAME_DATA = 256, /**< most bytes of data in one frame */
    TK_FRAME_CRC = 4,
};

/** One frame, received or to be sent. The data lies aligned for float and int32. */
typedef struct tk_frame {
    uint32_t length; /**< bytes of data behind the header */
    _Alignas(4) uint8_t bytes[TK_FRAME_HEADER + TK_FRAME_DATA + TK_FRAME_CRC];
} tk_frame;

/** What one more byte led to. */
typedef enum tk_received {
    TK_NOTHING,
    TK_COMPLETE, /**< a frame whose CRC is right */
    TK_DAMAGED,  /**< a frame ended that is not whole */
    TK_TEXT,     /**< the byte belongs to no frame */
} tk_received;

/** Takes one byte from the line; the frame is valid until the next call. */
tk_received tk_frame_receive(tk_frame *frame, uint8_t byte);

/** Whether a frame has begun that has not ended, so that text would be taken for a part of it. */
bool tk_frame_begun(void);

/** Gives that frame up: what comes is text until the next one begins. */
void tk_frame_drop(void);

/** Sends the frame: header and `length` bytes of data. Its CRC is written behind the data. */
void tk_frame_send(tk_frame *frame);

static inline uint8_t *tk_frame_data(tk_frame *frame)
{
    return frame->bytes + TK_FRAME_HEADER;
}

static inline uint32_t tk_get32(const uint8_t *from)
{
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

static inline void tk_put32(uint8_t *to, uint32_t value)
{
    for (unsigned i = 0; i < 4u; ++i)
        to[i] = (uint8_t)(value >> (8u * i));
}

#endif
