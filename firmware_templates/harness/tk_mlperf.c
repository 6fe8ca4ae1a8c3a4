/* SPDX-License-Identifier: 0BSD */
#include "tk_mlperf.h"

#include <stdbool.h>
#include <string.h>

#include "model_select.h"
#include "tk_board.h"
#include "tk_buffer.h"
#include "tk_clock.h"
#include "tk_print.h"

/* What model_select.h says of a model that is made for one of the benchmark's tasks. */
#ifndef TK_TASK_MODEL
#define TK_TASK_MODEL TK_MODEL.name
#define TK_TASK_PIXELS 0
#define TK_TASK_RESTORES 0
#endif

enum { COMMAND = 80, WARMUPS = 10, A_LINE = 8 };

static char command[COMMAND + 1];
static uint32_t length;
static bool spoilt; /* too long, or a byte came that no command has */

static void line(const char *text)
{
    tk_print(text);
    tk_print("\r\n");
}

static void number_line(const char *text, uint64_t number, const char *behind)
{
    tk_print(text);
    tk_print_number(number);
    line(behind);
}

/* The word at `*rest`, cut off there; NULL where there is none. */
static char *next_word(char **rest)
{
    char *word = *rest;
    while (*word == ' ')
        word++;
    char *end = word;
    while (*end != '\0' && *end != ' ')
        end++;
    *rest = *end == '\0' ? end : end + 1;
    *end = '\0';
    return *word == '\0' ? NULL : word;
}

/* The number that the next word is; `otherwise` where there is no word, -1 for a word that is no number below 10^9. */
static int32_t next_number(char **rest, int32_t otherwise)
{
    const char *word = next_word(rest);
    int32_t value = 0;

    if (word == NULL)
        return otherwise;
    for (; *word != '\0'; ++word) {
        if (*word < '0' || *word > '9' || value >= 100000000)
            return -1;
        value = value * 10 + (*word - '0');
    }
    return value;
}

static void timestamp(void)
{
    number_line("m-lap-us-", tk_microseconds(), "");
}

static void help(void)
{
    line("help               what you read");
    line("name               the device's name");
    line("profile            the benchmark's version and the model's name");
    line("timestamp          microseconds");
    line("db load N          expect N bytes of input");
    line("db HH[HH]*         some of them, in hexadecimal");
    line("db print [N [AT]]  N bytes of the input from AT on, or all");
    line("infer [N [W]]      W inferences to warm up (10), N that are timed (1), and the last one's result");
    line("results            the last result again");
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void take_hex(const char *hex)
{
    const size_t digits = strlen(hex);

    for (size_t i = 0; i < digits; ++i) {
        if (digit(hex[i]) < 0) {
            line("e-[Invalid hex digit]");
            return;
        }
    }
    if (digits % 2u != 0) {
        line("e-[Insufficient number of hex digits]");
        return;
    }
    for (size_t i = 0; i < digits; i += 2) {
        switch (tk_buffer_append((uint8_t)(digit(hex[i]) * 16 + digit(hex[i + 1])))) {
        case TK_BUFFER_FULL: line("e-[No more bytes are expected]"); return;
        case TK_BUFFER_DONE: line("m-load-done"); return; /* digits behind the last byte are passed over */
        case TK_BUFFER_MORE: break;
        }
    }
}

static void load(int32_t bytes)
{
    if (bytes <= 0) {
        line("e-[Command 'db load' needs a number of bytes above 0]");
    } else if (!tk_buffer_expect((uint32_t)bytes)) {
        tk_print("e-[Supplied buffer size ");
        tk_print_number((uint32_t)bytes);
        number_line(" exceeds maximum of ", tk_buffer_room(), "]");
    } else {
        number_line("m-[Expecting ", (uint32_t)bytes, " bytes]");
    }
}

static void print_buffer(int32_t count, int32_t from)
{
    const uint32_t size = tk_buffer_size();
    const uint32_t first = from < 0 || (uint32_t)from > size ? size : (uint32_t)from;
    const uint32_t end = count < 0 || (uint32_t)count > size - first ? size : first + (uint32_t)count;

    for (uint32_t i = first; i < end; ++i) {
        tk_print((i - first) % A_LINE == 0 ? "m-buffer-" : "-");
        tk_print_byte(tk_buffer_bytes()[i]);
        if ((i - first) % A_LINE == A_LINE - 1 || i + 1 == end)
            line("");
    }
}

static void buffer_command(char *rest)
{
    const char *word = next_word(&rest);

    if (word == NULL) {
        line("e-[Command 'db' requires a subcommand]");
    } else if (strcmp(word, "load") == 0) {
        load(next_number(&rest, 0));
    } else if (strcmp(word, "print") == 0) {
        const int32_t count = next_number(&rest, -1);
        print_buffer(count, next_number(&rest, 0));
    } else {
        take_hex(word);
    }
}

/* Of an autoencoder the result is the mean squared difference between what went in and what came out. */
static void restoration_error(void)
{
    const tk_tensor *const out = &TK_MODEL.output[0];
    float sum = 0.0f;
    uint32_t count = 0;

    for (; count < tk_buffer_values() && count < tk_tensor_values(out); ++count) {
        const float difference = tk_output_value(count) - tk_buffer_value(count);
        sum += difference * difference;
    }
    tk_print_real(count > 0 ? sum / (float)count : 0.0f);
}

static void results(void)
{
    tk_print("m-results-[");
    if (TK_TASK_RESTORES) {
        restoration_error();
    } else {
        for (uint32_t i = 0; i < tk_tensor_values(&TK_MODEL.output[0]); ++i) {
            tk_print(i > 0 ? "," : "");
            tk_print_real(tk_output_value(i));
        }
    }
    line("]");
}

static void run(int32_t times)
{
    for (; times > 0; --times) {
        tk_buffer_to_input();
        TK_MODEL.invoke();
    }
}

static tk_mlperf_event infer(char *rest)
{
    const int32_t times = next_number(&rest, 1);
    const int32_t warmups = next_number(&rest, WARMUPS);

    if (times <= 0) {
        line("e-[Inference iterations must be >0]");
        return TK_MLPERF_ANSWERED;
    }
    if (warmups < 0) {
        line("e-[Inference warmup must be >=0]");
        return TK_MLPERF_ANSWERED;
    }
    if (!tk_buffer_prepare(TK_TASK_PIXELS)) {
        tk_print("e-[Input has ");
        tk_print_number(tk_buffer_size());
        number_line(" bytes, expected ", TK_MODEL.input[0].bytes, "]");
        return TK_MLPERF_ANSWERED;
    }
    number_line("m-warmup-start-", (uint32_t)warmups, "");
    run(warmups);
    line("m-warmup-done");
    number_line("m-infer-start-", (uint32_t)times, "");
    timestamp();
    run(times);
    timestamp();
    line("m-infer-done");
    results();
    return TK_MLPERF_INFERRED;
}

static tk_mlperf_event run_command(void)
{
    char *rest = command;
    const char *word = next_word(&rest);
    tk_mlperf_event event = TK_MLPERF_ANSWERED;

    if (spoilt || word == NULL) {
        line("e-[Unknown command: ]");
        event = TK_MLPERF_NOTHING;
    } else if (strcmp(word, "name") == 0) {
        line("m-name-dut-[tinykit]");
    } else if (strcmp(word, "timestamp") == 0) {
        timestamp();
    } else if (strcmp(word, "profile") == 0) {
        line("m-profile-[ULPMark for tinyML Firmware V0.0.1]");
        tk_print("m-model-[");
        tk_print(TK_TASK_MODEL);
        line("]");
    } else if (strcmp(word, "help") == 0) {
        help();
    } else if (strcmp(word, "db") == 0) {
        buffer_command(rest);
    } else if (strcmp(word, "infer") == 0) {
        event = infer(rest);
    } else if (strcmp(word, "results") == 0) {
        results();
    } else {
        tk_print("e-[Unknown command: ");
        tk_print(word);
        line("]");
        event = TK_MLPERF_NOTHING;
    }
    line("m-ready");
    return event;
}

void tk_mlperf_start(void)
{
    line("m-timestamp-mode-performance");
    timestamp();
    line("m-init-done");
    line("m-ready");
}

void tk_mlperf_forget(void)
{
    length = 0;
    spoilt = false;
}

tk_mlperf_event tk_mlperf_receive(uint8_t byte)
{
    tk_mlperf_event event = TK_MLPERF_NOTHING;

    if (byte == '%') {
        command[length] = '\0';
        event = run_command();
        tk_mlperf_forget();
    } else if (byte < ' ' || byte > '~' || length == COMMAND) {
        spoilt = spoilt || (byte != '\r' && byte != '\n'); /* a terminal may end its lines */
    } else {
        command[length++] = (char)byte;
    }
    return event;
}
