/* SPDX-License-Identifier: 0BSD */
#ifndef TK_CRC_H
#define TK_CRC_H

#include <stdint.h>

/** CRC-32 as in Ethernet, zlib and PNG (reflected 0xEDB88320). */
uint32_t tk_crc32(const uint8_t *data, uint32_t length);

#endif
