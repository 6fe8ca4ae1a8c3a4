/* SPDX-License-Identifier: 0BSD
 * nRF51 at 16 MHz from its crystal, console on UART0, cycles from TIMER0: this part has neither SysTick nor DWT. Registers are those
 * of the nRF51 Series Reference Manual: chapters CLOCK, UART, GPIO, TIMER. */
#include "tk_board.h"

#include "tk_cortexm.h"

#define CLOCK_HFCLKSTART TK_REG(0x40000000)
#define CLOCK_HFCLKSTARTED TK_REG(0x40000100)

#define GPIO_OUTSET TK_REG(0x50000508)
#define GPIO_PIN_CNF(pin) TK_REG(0x50000700u + 4u * (pin))
#define OUTPUT 3u /* with the input buffer off */
#define INPUT_PULL_UP (3u << 2)

#define UART_STARTRX TK_REG(TK_UART + 0x000)
#define UART_STARTTX TK_REG(TK_UART + 0x008)
#define UART_RXDRDY TK_REG(TK_UART + 0x108)
#define UART_TXDRDY TK_REG(TK_UART + 0x11C)
#define UART_ENABLE TK_REG(TK_UART + 0x500)
#define UART_PSELRTS TK_REG(TK_UART + 0x508)
#define UART_PSELTXD TK_REG(TK_UART + 0x50C)
#define UART_PSELCTS TK_REG(TK_UART + 0x510)
#define UART_PSELRXD TK_REG(TK_UART + 0x514)
#define UART_RXD TK_REG(TK_UART + 0x518)
#define UART_TXD TK_REG(TK_UART + 0x51C)
#define UART_BAUDRATE TK_REG(TK_UART + 0x524)
#define UART_CONFIG TK_REG(TK_UART + 0x56C)
#define NOT_CONNECTED 0xFFFFFFFFu
#define ENABLED 4u
#define BAUD_115200 0x01D7E000u

#define TIMER_START TK_REG(TK_TIMER + 0x000)
#define TIMER_CLEAR TK_REG(TK_TIMER + 0x00C)
#define TIMER_CAPTURE0 TK_REG(TK_TIMER + 0x040)
#define TIMER_MODE TK_REG(TK_TIMER + 0x504)
#define TIMER_BITMODE TK_REG(TK_TIMER + 0x508)
#define TIMER_PRESCALER TK_REG(TK_TIMER + 0x510)
#define TIMER_CC0 TK_REG(TK_TIMER + 0x540)
#define BITS_32 3u

static uint32_t count_high, count_last;

static void timer_init(void)
{
    TIMER_MODE = 0;
    TIMER_BITMODE = BITS_32;
    TIMER_PRESCALER = 0; /* 16 MHz, as the core */
    TIMER_CLEAR = 1;
    TIMER_START = 1;
}

void tk_board_init(void)
{
    CLOCK_HFCLKSTARTED = 0;
    CLOCK_HFCLKSTART = 1;
    tk_wait_for(&CLOCK_HFCLKSTARTED, 1);

    GPIO_OUTSET = 1u << TK_TX_PIN;
    GPIO_PIN_CNF(TK_TX_PIN) = OUTPUT;
    GPIO_PIN_CNF(TK_RX_PIN) = INPUT_PULL_UP;
    UART_PSELTXD = TK_TX_PIN;
    UART_PSELRXD = TK_RX_PIN;
    UART_PSELRTS = NOT_CONNECTED;
    UART_PSELCTS = NOT_CONNECTED;
    UART_CONFIG = 0; /* no parity, no flow control */
    UART_BAUDRATE = BAUD_115200;
    UART_ENABLE = ENABLED;
    UART_RXDRDY = 0;
    UART_STARTRX = 1;
    UART_STARTTX = 1;
    timer_init();
}

int tk_console_getc(void)
{
    if (UART_RXDRDY == 0)
        return -1;
    UART_RXDRDY = 0; /* before the byte is read: reading it brings the next one up */
    return (int)(UART_RXD & 0xFFu);
}

void tk_console_write(const uint8_t *data, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        UART_TXDRDY = 0;
        UART_TXD = data[i];
        tk_wait_for(&UART_TXDRDY, 1);
    }
}

/* The timer wraps after 268 s; whoever counts longer must look in between. */
uint64_t tk_counter(void)
{
    TIMER_CAPTURE0 = 1;
    const uint32_t now = TIMER_CC0;

    if (now < count_last)
        count_high++;
    count_last = now;
    return (uint64_t)count_high << 32 | now;
}

uint32_t tk_counter_scale(void)
{
    return 1000;
}

const char *tk_counter_unit(void)
{
    return "cycles";
}
