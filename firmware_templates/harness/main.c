/* SPDX-License-Identifier: 0BSD
 * The validation firmware: brings up the board and serves the model over the console. */
#include "model_select.h"
#include "tk_board.h"
#include "tk_guard.h"
#include "tk_harness.h"
#include "tk_mlperf.h"
#include "tk_stack.h"

int main(void)
{
    tk_board_init();
    tk_stack_paint();
    tk_guard_set();
    TK_MODEL.init();
    tk_mlperf_start();
    for (;;)
        tk_harness_poll();
}
