/* SPDX-License-Identifier: 0BSD
 * The second stage of the RP2040's boot: the first 256 bytes of the flash, which the boot ROM copies to RAM and runs if their last
 * word is the CRC-32 of the others (RP2040 Datasheet, chapters Bootrom and SSI). It sets the SSI up to read the flash with the
 * command 03h, which every SPI flash knows, whenever the core reads the memory at 0x10000000, and starts the program behind.
 *
 * Words instead of C or assembly, for the CRC covers what a compiler would be free to choose; tests assemble the comments. */
#include <stdint.h>

extern const uint32_t tk_boot2[64];

__attribute__((section(".boot2"), used)) const uint32_t tk_boot2[64] = {
    0x21004b0bu, /* ldr r3, ssi; movs r1, #0 */
    0x21046099u, /* str r1, [r3, #8] (SSIENR: off); movs r1, #4 */
    0x490a6159u, /* str r1, [r3, #20] (BAUDR: system clock / 4); ldr r1, ctrlr0 */
    0x490a6019u, /* str r1, [r3, #0]; ldr r1, spi_ctrlr0 */
    0x6001480au, /* ldr r0, spi; str r1, [r0, #0] */
    0x60592100u, /* movs r1, #0; str r1, [r3, #4] (CTRLR1: one word at a time) */
    0x61192101u, /* movs r1, #1; str r1, [r3, #16] (SER: the flash) */
    0x48086099u, /* str r1, [r3, #8] (SSIENR: on); ldr r0, vectors */
    0x60084908u, /* ldr r1, vtor; str r0, [r1, #0] */
    0xf3816801u, /* ldr r1, [r0, #0]; msr msp, r1 (first half) */
    0x68418808u, /* msr msp, r1 (second half); ldr r1, [r0, #4] */
    0x46c04708u, /* bx r1; mov r8, r8 */
    0x18000000u, /* ssi: the SSI's registers */
    0x001f0300u, /* ctrlr0: 32-bit frames, first the command, then data */
    0x03000218u, /* spi_ctrlr0: command 03h in 8 bits, address in 24, one line */
    0x180000f4u, /* spi: SPI_CTRLR0 */
    0x10000100u, /* vectors: behind these 256 bytes */
    0xe000ed08u, /* vtor: the vector table offset register */
    [63] = 0x3c16124bu, /* CRC-32, polynomial 0x04c11db7, from all ones, not reflected */
};
