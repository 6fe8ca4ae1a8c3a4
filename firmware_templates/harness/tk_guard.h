/* SPDX-License-Identifier: 0BSD
 * Guards on both sides of the arena, which the linker script leaves room for: a model that writes outside its arena is
 * found out at the end of the step in which it did. */
#ifndef TK_GUARD_H
#define TK_GUARD_H

#include <stdint.h>

/** Sets the guards. Call before the first inference. */
void tk_guard_set(void);

/** Tells of guards that were written to, on the console, and stops; else returns. */
void tk_guard_check(void);

/** Called by the model where a step of its plan ends, see tk_at.h: looks at the bytes next to the arena. */
void tk_step_end(void);

#endif
