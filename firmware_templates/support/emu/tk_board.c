/* SPDX-License-Identifier: 0BSD
 * A board that exists in the emulator only. Its one device:
 *     +0x00 TX       a byte written is sent
 *     +0x04 RX       read: the next byte received, or 0xffffffff when there is none
 *     +0x08 COUNT    read: instructions executed, bits 0..31; the read holds bits 32..63 for the next register
 *     +0x0c COUNT_HI read: bits 32..63 */
#include "tk_board.h"

#include "tk_cortexm.h"

#define TX TK_REG(TK_DEVICE)
#define RX TK_REG(TK_DEVICE + 0x04)
#define COUNT TK_REG(TK_DEVICE + 0x08)
#define COUNT_HI TK_REG(TK_DEVICE + 0x0C)

void tk_board_init(void)
{
}

int tk_console_getc(void)
{
    const uint32_t byte = RX;

    return byte > 0xFFu ? -1 : (int)byte;
}

void tk_console_write(const uint8_t *data, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        TX = data[i];
}

uint64_t tk_counter(void)
{
    const uint32_t low = COUNT;

    return (uint64_t)COUNT_HI << 32 | low;
}

uint32_t tk_counter_scale(void)
{
    return 1000;
}

const char *tk_counter_unit(void)
{
    return "instructions";
}
