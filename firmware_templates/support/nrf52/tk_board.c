/* SPDX-License-Identifier: 0BSD
 * nRF52832/833/840 at 64 MHz from its crystal, console on UARTE0, cycles from the DWT. Registers are those of the nRF52840 Product
 * Specification: chapters CLOCK, UARTE, GPIO, NVMC. */
#include "tk_board.h"

#include "tk_cortexm.h"
#include "tk_cycles.h"

#define CLOCK_HFCLKSTART TK_REG(0x40000000)
#define CLOCK_HFCLKSTARTED TK_REG(0x40000100)
#define NVMC_ICACHECNF TK_REG(0x4001E540)

#define GPIO_OUTSET(port) TK_REG((port) + 0x508u)
#define GPIO_PIN_CNF(port, pin) TK_REG((port) + 0x700u + 4u * (pin))
#define OUTPUT 3u /* with the input buffer off */
#define INPUT_PULL_UP (3u << 2)

#define UARTE_STARTRX TK_REG(TK_UART + 0x000)
#define UARTE_STOPRX TK_REG(TK_UART + 0x004)
#define UARTE_STARTTX TK_REG(TK_UART + 0x008)
#define UARTE_ENDRX TK_REG(TK_UART + 0x110)
#define UARTE_ENDTX TK_REG(TK_UART + 0x120)
#define UARTE_RXTO TK_REG(TK_UART + 0x144)
#define UARTE_ENABLE TK_REG(TK_UART + 0x500)
#define UARTE_PSEL_RTS TK_REG(TK_UART + 0x508)
#define UARTE_PSEL_TXD TK_REG(TK_UART + 0x50C)
#define UARTE_PSEL_CTS TK_REG(TK_UART + 0x510)
#define UARTE_PSEL_RXD TK_REG(TK_UART + 0x514)
#define UARTE_BAUDRATE TK_REG(TK_UART + 0x524)
#define UARTE_RXD_PTR TK_REG(TK_UART + 0x534)
#define UARTE_RXD_MAXCNT TK_REG(TK_UART + 0x538)
#define UARTE_TXD_PTR TK_REG(TK_UART + 0x544)
#define UARTE_TXD_MAXCNT TK_REG(TK_UART + 0x548)
#define UARTE_CONFIG TK_REG(TK_UART + 0x56C)
#define NOT_CONNECTED 0xFFFFFFFFu
#define ENABLED 8u
#define STOP_POLLS 10000 /* far longer than the five bytes that its FIFO holds take to come */

/* EasyDMA reads and writes RAM only. Its receiver holds a few more bytes while nobody asks. */
static volatile uint8_t received;
static uint8_t to_send[64];

static void receive(void)
{
    UARTE_ENDRX = 0;
    UARTE_RXD_PTR = (uint32_t)(uintptr_t)&received;
    UARTE_RXD_MAXCNT = 1;
    UARTE_STARTRX = 1;
}

/* A receiver must have stopped before it is turned off. One that has just filled its buffer has, and does not say so. */
static void stop(void)
{
    UARTE_RXTO = 0;
    UARTE_STOPRX = 1;
    for (volatile int i = 0; i < STOP_POLLS && UARTE_RXTO == 0; i++) {
    }
}

void tk_board_init(void)
{
    CLOCK_HFCLKSTARTED = 0;
    CLOCK_HFCLKSTART = 1;
    tk_wait_for(&CLOCK_HFCLKSTARTED, 1);
    NVMC_ICACHECNF = 1;

    GPIO_OUTSET(TK_TX_PORT) = 1u << TK_TX_PIN;
    GPIO_PIN_CNF(TK_TX_PORT, TK_TX_PIN) = OUTPUT;
    GPIO_PIN_CNF(TK_RX_PORT, TK_RX_PIN) = INPUT_PULL_UP;
    UARTE_PSEL_TXD = TK_TX_SELECT;
    UARTE_PSEL_RXD = TK_RX_SELECT;
    UARTE_PSEL_RTS = NOT_CONNECTED;
    UARTE_PSEL_CTS = NOT_CONNECTED;
    UARTE_CONFIG = 0; /* no parity, no flow control */
    tk_console_speed(TK_BAUD);
    tk_cycles_start();
}

/* The register counts in 2^-32 of 16 MHz, its lowest twelve bits left out; rounded as the specification's table is. */
void tk_console_speed(uint32_t baud)
{
    const uint32_t step = (uint32_t)((((uint64_t)baud << 32) / 16000000u + 0x800u) & 0xFFFFF000u);

    if (UARTE_ENABLE == ENABLED)
        stop();
    UARTE_ENABLE = 0;
    UARTE_BAUDRATE = baud == 115200 ? 0x01D60000u : baud == 921600 ? 0x0F000000u : step;
    UARTE_ENABLE = ENABLED;
    receive();
}

int tk_console_getc(void)
{
    if (UARTE_ENDRX == 0)
        return -1;
    const int byte = received;
    receive();
    return byte;
}

void tk_console_write(const uint8_t *data, uint32_t length)
{
    while (length > 0) {
        const uint32_t piece = length < sizeof to_send ? length : (uint32_t)sizeof to_send;

        for (uint32_t i = 0; i < piece; i++)
            to_send[i] = data[i];
        tk_barrier();
        UARTE_ENDTX = 0;
        UARTE_TXD_PTR = (uint32_t)(uintptr_t)to_send;
        UARTE_TXD_MAXCNT = piece;
        UARTE_STARTTX = 1;
        tk_wait_for(&UARTE_ENDTX, 1);
        data += piece;
        length -= piece;
    }
}
