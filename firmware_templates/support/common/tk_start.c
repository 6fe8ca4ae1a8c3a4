/* SPDX-License-Identifier: 0BSD */
#include "tk_start.h"

#include "tk_board.h"

/* From the linker script. */
extern uint32_t tk_data_load[], tk_data_start[], tk_data_end[], tk_bss_start[], tk_bss_end[];
extern uint32_t tk_weights_load[], tk_weights_start[], tk_weights_end[];

int main(void);

volatile uint32_t tk_layer;

static void copy(const uint32_t *from, uint32_t *to, const uint32_t *end)
{
    while (to < end)
        *to++ = *from++;
}

void tk_start(void)
{
    copy(tk_data_load, tk_data_start, tk_data_end);
    copy(tk_weights_load, tk_weights_start, tk_weights_end);
    for (uint32_t *to = tk_bss_start; to < tk_bss_end; to++)
        *to = 0;
    (void)main();
    for (;;) {
    }
}

void tk_fault_text(const char *text)
{
    uint32_t length = 0;

    while (text[length] != '\0')
        length++;
    tk_console_write((const uint8_t *)text, length);
}

void tk_fault_value(const char *name, uint32_t value)
{
    char digits[9];

    for (unsigned i = 0; i < 8; i++)
        digits[i] = "0123456789abcdef"[(value >> (28 - 4 * i)) & 15u];
    digits[8] = '\0';
    tk_fault_text(" ");
    tk_fault_text(name);
    tk_fault_text("=");
    tk_fault_text(digits);
}

void tk_fault_end(void)
{
    tk_fault_value("layer", tk_layer);
    tk_fault_text("\r\n");
    for (;;) {
    }
}
