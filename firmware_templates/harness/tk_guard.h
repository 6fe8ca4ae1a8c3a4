/* SPDX-License-Identifier: 0BSD
 * Guards on both sides of the arena, which the linker script leaves room for: a model that writes outside its arena is
 * found out before its next layer begins. */
#ifndef TK_GUARD_H
#define TK_GUARD_H

#include <stdint.h>

/** Sets the guards. Call before the first inference. */
void tk_guard_set(void);

/** Tells of guards that were written to, on the console, and stops; else returns. */
void tk_guard_check(void);

/** Called by the model where a layer begins, see tk_at.h. Looks at the bytes next to the arena, and notes the layer. */
void tk_at(uint32_t layer);

#endif
