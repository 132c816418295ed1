#include "line.h"
#include "uart.h"

uint16_t line_crc(const char *text, uint32_t length) {
    uint16_t crc = 0xffff;
    for (uint32_t i = 0; i < length; i++) {
        crc ^= (uint16_t)((uint8_t)text[i] << 8);
        for (int bit = 0; bit < 8; bit++) {
            crc = (uint16_t)((uint32_t)crc << 1 ^ (crc & 0x8000u ? 0x1021u : 0u));
        }
    }
    return crc;
}

char *line_word(char **at) {
    char *p = *at;
    while (*p == ' ') {
        p++;
    }
    if (!*p) {
        return 0;
    }
    char *word = p;
    while (*p && *p != ' ') {
        p++;
    }
    if (*p) {
        *p++ = 0;
    }
    *at = p;
    return word;
}

bool line_equal(const char *a, const char *b) {
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

bool line_number(const char *word, uint32_t *value) {
    uint32_t n = 0;
    if (!word || !*word) {
        return false;
    }
    for (; *word; word++) {
        uint32_t digit = (uint32_t)(*word - '0');
        if (digit > 9 || n > 429496729u || (n == 429496729u && digit > 5)) {
            return false;
        }
        n = n * 10 + digit;
    }
    *value = n;
    return true;
}

static char reply[200];
static uint32_t length;

void reply_text(const char *text) {
    while (*text && length < sizeof reply - 8) {
        reply[length++] = *text++;
    }
}

static void digits(uint32_t value) {
    char text[11];
    int at = 10;
    text[at] = 0;
    do {
        text[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    reply_text(text + at);
}

void reply_begin(uint32_t sequence) {
    length = 0;
    digits(sequence);
}

void reply_number(const char *name, uint32_t value) {
    reply_text(" ");
    reply_text(name);
    reply_text("=");
    digits(value);
}

void reply_send(void) {
    uint16_t crc = line_crc(reply, length);
    reply[length++] = '*';
    for (int shift = 12; shift >= 0; shift -= 4) {
        reply[length++] = "0123456789ABCDEF"[(crc >> shift) & 15];
    }
    reply[length++] = '\n';
    reply[length] = 0;
    uart_write(reply);
}
