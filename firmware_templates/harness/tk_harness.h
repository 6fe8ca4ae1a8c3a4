/* SPDX-License-Identifier: 0BSD
 * The test harness: answers commands about one model over the console.
 *
 * Each command frame gets one reply frame with its kind | TK_REPLY, its sequence and session, a status as index.
 * A command that comes again with the sequence of the one before is a retransmission: what would change something
 * is not done twice, and its reply is repeated. After a reset no session is open and every command but HELLO is
 * refused, so that a reset between two commands cannot pass unseen. Text between frames is tk_mlperf.h's; an inference that
 * it asks for closes the session. */
#ifndef TK_HARNESS_H
#define TK_HARNESS_H

#include <stdint.h>

enum { TK_PROTOCOL = 3, TK_REPLY = 0x40 };

/** Kinds of frames. In brackets: what index and value mean, the data, and value and data of the reply. */
enum {
    TK_HELLO = 0x80,  /**< opens a session (value: nonce; wanted baud as uint32, or nothing) -> the nonce; facts, see
                       * tk_harness.c, among them the baud from now on, 0 where it stays; it is that of a reset again when
                       * neither a whole frame nor a text command has come for ten seconds */
    TK_TENSOR = 0x81, /**< (index: tensor, value: 0 input, 1 output) -> bytes; dtype, rank, scale, zero, shape, name */
    TK_WRITE = 0x82,  /**< part of an input (index: input, value: offset; its bytes) -> bytes written */
    TK_INVOKE = 0x83, /**< (value: times) -> times; count of the counter as uint64 */
    TK_READ = 0x84,   /**< part of an output (index: output, value: offset; length as uint32) -> length; its bytes */
    TK_STEP = 0x85,   /**< one block -> 1 while more remain; count of the counter as uint64 */
    TK_INIT = 0x86,   /**< the model as after power-up -> 0 */
    TK_STACK = 0x87,  /**< (value: 1 paint anew) -> peak bytes since the painting */
    TK_INFO = 0x88,   /**< (value: offset) -> total length; a piece of the model's info line */
    TK_RESET = 0x89,  /**< resets the board after the reply -> 0 */
    TK_NAK = 0xBF,    /**< from the device only: a damaged frame came; send again */
};

/** Status in the index of a reply. */
enum {
    TK_OK = 0,
    TK_NO_SESSION = 1,  /**< the board was reset since HELLO */
    TK_UNKNOWN = 2,     /**< no such command */
    TK_BAD_RANGE = 3,   /**< no such tensor, or bytes outside it */
    TK_BAD_COMMAND = 4, /**< the data has the wrong length */
};

/** Reads what the console has received, answers at most one command, and returns. */
void tk_harness_poll(void);

#endif
