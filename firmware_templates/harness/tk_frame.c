/* SPDX-License-Identifier: 0BSD */
#include "tk_frame.h"

#include "tk_board.h"
#include "tk_crc.h"

enum { DELIMITER = 0, KIND = 0x80, LONGEST_RUN = 254 };

/* Where the receiver is. Anything it cannot use leads to TEXT or BROKEN, and the next delimiter out of both. */
static enum { TEXT, START, FRAME, BROKEN } state;
static uint32_t count;     /* bytes received into the frame */
static uint8_t remaining;  /* bytes until the next COBS code */
static bool zero_follows;  /* the COBS group ends with a zero, unless it is the last */

static tk_received end_of_frame(tk_frame *frame)
{
    const bool whole = state == FRAME && remaining == 0 && count >= TK_FRAME_HEADER + TK_FRAME_CRC;

    state = START;
    if (!whole)
        return TK_DAMAGED;
    count -= TK_FRAME_CRC;
    if (tk_crc32(frame->bytes, count) != tk_get32(frame->bytes + count))
        return TK_DAMAGED;
    frame->length = count - TK_FRAME_HEADER;
    return TK_COMPLETE;
}

static void append(tk_frame *frame, uint8_t byte)
{
    if (count < sizeof frame->bytes)
        frame->bytes[count++] = byte;
    else
        state = BROKEN;
}

static void start(tk_frame *frame, uint8_t kind)
{
    if (kind < KIND) {
        state = TEXT;
        return;
    }
    frame->bytes[0] = kind;
    count = 1;
    remaining = 0;
    zero_follows = false;
    state = FRAME;
}

static void continue_frame(tk_frame *frame, uint8_t byte)
{
    if (remaining > 0) {
        remaining--;
        append(frame, byte);
        return;
    }
    if (zero_follows)
        append(frame, 0);
    remaining = (uint8_t)(byte - 1u);
    zero_follows = byte <= LONGEST_RUN;
}

tk_received tk_frame_receive(tk_frame *frame, uint8_t byte)
{
    if (byte == DELIMITER) {
        if (state == FRAME || state == BROKEN)
            return end_of_frame(frame);
        state = START;
    } else if (state == START) {
        start(frame, byte);
    } else if (state == FRAME) {
        continue_frame(frame, byte);
    }
    return state == TEXT ? TK_TEXT : TK_NOTHING;
}

bool tk_frame_begun(void)
{
    return state == FRAME || state == BROKEN;
}

void tk_frame_drop(void)
{
    state = TEXT;
}

static void write_run(const uint8_t *run, uint32_t length)
{
    const uint8_t code = (uint8_t)(length + 1u);

    tk_console_write(&code, 1);
    tk_console_write(run, length);
}

void tk_frame_send(tk_frame *frame)
{
    const uint8_t delimiter = DELIMITER;
    const uint32_t covered = TK_FRAME_HEADER + frame->length;
    const uint8_t *const end = frame->bytes + covered + TK_FRAME_CRC;
    const uint8_t *run = frame->bytes + 1;

    tk_put32(frame->bytes + covered, tk_crc32(frame->bytes, covered));
    tk_console_write(&delimiter, 1);
    tk_console_write(frame->bytes, 1);
    for (const uint8_t *byte = run; byte < end; ++byte) {
        if (byte - run == LONGEST_RUN) { /* a full run stands for no zero */
            write_run(run, LONGEST_RUN);
            run = byte;
        }
        if (*byte == 0) {
            write_run(run, (uint32_t)(byte - run));
            run = byte + 1;
        }
    }
    write_run(run, (uint32_t)(end - run));
    tk_console_write(&delimiter, 1);
}
