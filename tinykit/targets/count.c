/* Counts the Thumb instructions a Unicorn CPU executes: a block hook in C, called before each block that runs. */
#include <stdint.h>

enum { SLOTS = 1 << 14 };

typedef int (*read_memory)(void *uc, uint64_t address, void *bytes, uint64_t size);

typedef struct {
    uint64_t executed;
    read_memory read;
    struct {
        uint64_t address;
        uint32_t size, instructions;
    } known[SLOTS]; /* blocks run over and over, and reading guest memory is slow */
} counter;

void tk_count(void *uc, uint64_t address, uint32_t size, void *user);
uint64_t tk_count_bytes(void);

uint64_t tk_count_bytes(void)
{
    return sizeof(counter);
}

/* Armv7-M Architecture Reference Manual, A5.1: a halfword that begins with 11101, 11110 or 11111 is half an instruction. */
static uint32_t instructions(const counter *c, void *uc, uint64_t address, uint32_t size)
{
    uint32_t count = 0;

    for (uint32_t at = 0; at < size; count++) {
        uint8_t half[2] = {0, 0};

        (void)c->read(uc, address + at, half, sizeof half);
        at += half[1] >> 3 >= 0x1D ? 4 : 2;
    }
    return count;
}

void tk_count(void *uc, uint64_t address, uint32_t size, void *user)
{
    counter *const c = user;
    const uint64_t slot = address / 2 % SLOTS;

    if (c->known[slot].address != address || c->known[slot].size != size) {
        c->known[slot].address = address;
        c->known[slot].size = size;
        c->known[slot].instructions = instructions(c, uc, address, size);
    }
    c->executed += c->known[slot].instructions;
}
