/* SPDX-License-Identifier: 0BSD
 * STM32L4R/L4S at 120 MHz from the internal 16 MHz oscillator. Registers are those of the reference
 * manual RM0432, chapters RCC, PWR and FLASH. */
#include "tk_board.h"

#include "tk_cortexm.h"
#include "tk_stm32.h"

/* RCC */
#define RCC_CR TK_REG(0x40021000)
#define RCC_CFGR TK_REG(0x40021008)
#define RCC_PLLCFGR TK_REG(0x4002100C)
#define RCC_APB1ENR1 TK_REG(0x40021058)
#define HSION (1u << 8)
#define HSIRDY (1u << 10)
#define PLLON (1u << 24)
#define PLLRDY (1u << 25)
#define PLLREN (1u << 24)
#define PWREN (1u << 28)
#define HPRE_HALF (8u << 4)
#define SW_PLL 3u

/* PWR */
#define PWR_CR2 TK_REG(0x40007004)
#define PWR_SR2 TK_REG(0x40007014)
#define PWR_CR5 TK_REG(0x40007080)
#define IOSV (1u << 9)
#define VOSF (1u << 10)
#define R1MODE (1u << 8)

/* FLASH */
#define FLASH_ACR TK_REG(0x40022000)
#define PRFTEN (1u << 8)
#define ICEN (1u << 9)
#define DCEN (1u << 10)
#define LATENCY 5u /* wait states at 120 MHz in range 1 boost */

void tk_clock_init(void)
{
    RCC_APB1ENR1 |= PWREN;
    (void)RCC_APB1ENR1;
    PWR_CR2 |= IOSV; /* port G has a supply of its own, which is there */
    RCC_CR |= HSION;
    tk_wait_for(&RCC_CR, HSIRDY);

    /* Above 80 MHz: range 1 boost before the PLL runs, and the AHB at half speed for the first microsecond (chapter PWR, dynamic
     * voltage scaling). */
    RCC_CFGR = HPRE_HALF;
    PWR_CR5 &= ~R1MODE;
    while (PWR_SR2 & VOSF) {
    }

    /* 16 MHz / 2 x 30 / 2 = 120 MHz. */
    RCC_PLLCFGR = 2u | ((2u - 1u) << 4) | (30u << 8) | PLLREN;
    RCC_CR |= PLLON;
    tk_wait_for(&RCC_CR, PLLRDY);

    FLASH_ACR = PRFTEN | ICEN | DCEN | LATENCY;
    while ((FLASH_ACR & 15u) != LATENCY) {
    }
    RCC_CFGR = HPRE_HALF | SW_PLL;
    while (((RCC_CFGR >> 2) & 3u) != SW_PLL) {
    }
    for (volatile int i = 0; i < 60; i++) {
    }
    RCC_CFGR = SW_PLL;
}
