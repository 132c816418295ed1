/* The protocol (README: table of commands) and the host watchdog. */
#include "line.h"
#include "pulses.h"
#include "rp2040.h"
#include "uart.h"

enum { PROTOCOL_VERSION = 1, LED_PIN = 25, TICK_MICROSECONDS = 1000 };

static volatile uint32_t milliseconds;
static uint32_t heard_at, watchdog = 10000, watchdog_trips, bad_lines;

void timer_interrupt(void) {
    REG(TIMER + 0x34u) = 1;
    REG(TIMER + 0x10u) = microseconds() + TICK_MICROSECONDS;
    milliseconds++;
}

static void refuse(uint32_t sequence, const char *code, const char *reason) {
    reply_begin(sequence);
    reply_text(" ERR ");
    reply_text(code);
    reply_text(" ");
    reply_text(reason);
    reply_send();
}

static void accept(uint32_t sequence) {
    reply_begin(sequence);
    reply_text(" OK");
}

static const char *const channel_words[CHANNELS] = {"CF", "CF1V", "CF1I"};

/* Reads "<plug> <channel>"; says what is wrong with it itself. */
static bool target(uint32_t sequence, char **at, uint32_t *plug, uint32_t *channel) {
    if (!line_number(line_word(at), plug) || *plug >= PLUGS) {
        refuse(sequence, "RANGE", "plug is 0 or 1");
        return false;
    }
    char *word = line_word(at);
    for (*channel = 0; word && *channel < CHANNELS; ++*channel) {
        if (line_equal(word, channel_words[*channel])) {
            return true;
        }
    }
    refuse(sequence, "RANGE", "channel is CF, CF1V or CF1I");
    return false;
}

static void identify(uint32_t sequence) {
    accept(sequence);
    reply_text(" pulse-box");
    reply_number("version", PROTOCOL_VERSION);
    reply_number("clock", CLOCK_HERTZ);
    reply_number("plugs", PLUGS);
    reply_number("periodmin", PERIOD_MIN);
    reply_number("periodmax", PERIOD_MAX);
    reply_number("partmin", PART_MIN);
    reply_send();
}

static void read_channel(uint32_t sequence, uint32_t plug, uint32_t channel) {
    uint32_t before = interrupts_off();
    struct channel c = plugs[plug].channels[channel];
    interrupts_restore(before);
    accept(sequence);
    reply_number("period", c.period);
    reply_number("width", c.width);
    reply_number("emitted", c.emitted);
    reply_number("dropped", c.dropped);
    reply_number("doubled", c.doubled);
    reply_number("fault", c.fault);
    reply_send();
}

static void set_channel(uint32_t sequence, char *at) {
    uint32_t plug, channel, period, width;
    if (!target(sequence, &at, &plug, &channel)) {
        return;
    }
    if (!line_number(line_word(&at), &period) || !line_number(line_word(&at), &width) || line_word(&at)) {
        refuse(sequence, "ARGS", "SET <plug> <channel> <period> <width>, in cycles; 0 0 stops");
    } else if (period == 0 && width == 0) {
        pulses_set((int)plug, (int)channel, 0, 0);
        read_channel(sequence, plug, channel);
    } else if (period < PERIOD_MIN || period > PERIOD_MAX) {
        refuse(sequence, "RANGE", "period is 12500 to 2147483647 cycles");
    } else if (width < PART_MIN || width > period - PART_MIN) {
        refuse(sequence, "RANGE", "width and the rest of the period are 1250 cycles or more");
    } else {
        pulses_set((int)plug, (int)channel, period, width);
        read_channel(sequence, plug, channel);
    }
}

static void set_fault(uint32_t sequence, char *at) {
    uint32_t plug, channel, every = 0, times = 0;
    if (!target(sequence, &at, &plug, &channel)) {
        return;
    }
    char *word = line_word(&at);
    bool drop = word && line_equal(word, "DROP"), twice = word && line_equal(word, "DOUBLE");
    const struct channel *c = &plugs[plug].channels[channel];
    if (word && line_equal(word, "OFF") && !line_word(&at)) {
        pulses_fault((int)plug, (int)channel, FAULT_NONE, 0, 0);
        read_channel(sequence, plug, channel);
    } else if ((!drop && !twice) || !line_number(line_word(&at), &every) || !line_number(line_word(&at), &times) || line_word(&at)) {
        refuse(sequence, "ARGS", "FAULT <plug> <channel> DROP|DOUBLE <every> <times> or OFF");
    } else if (every == 0) {
        refuse(sequence, "RANGE", "every is 1 or more");
    } else if (twice && c->period < 4 * c->width + PART_MIN) {
        refuse(sequence, "ROOM", "a second pulse does not fit: the channel is stopped or too fast");
    } else {
        pulses_fault((int)plug, (int)channel, drop ? FAULT_DROP : FAULT_DOUBLE, every, times);
        read_channel(sequence, plug, channel);
    }
}

static void configure(uint32_t sequence, char *at) {
    uint32_t plug, follow, level, inverted, phase;
    if (!line_number(line_word(&at), &plug) || !line_number(line_word(&at), &follow) || !line_number(line_word(&at), &level)
        || !line_number(line_word(&at), &inverted) || !line_number(line_word(&at), &phase) || line_word(&at)) {
        refuse(sequence, "ARGS", "CONF <plug> <follow> <level of SEL for voltage> <inverted> <phase>");
    } else if (plug >= PLUGS || follow > 1 || level > 1 || inverted > 1 || phase > 100) {
        refuse(sequence, "RANGE", "plug, follow, level and inverted are 0 or 1; phase is 0 to 100 percent");
    } else {
        pulses_configure((int)plug, follow, level, inverted, phase);
        accept(sequence);
        reply_send();
    }
}

static void state(uint32_t sequence) {
    accept(sequence);
    reply_number("uptime", milliseconds);
    reply_number("watchdog", watchdog);
    reply_number("trips", watchdog_trips);
    reply_number("late", pulses_late());
    reply_number("badlines", bad_lines);
    reply_number("uarterrors", uart_errors());
    for (int plug = 0; plug < PLUGS; plug++) {
        reply_number(plug ? "voltage1" : "voltage0", plugs[plug].voltage);
        reply_number(plug ? "selchanges1" : "selchanges0", plugs[plug].sel_changes);
    }
    reply_send();
}

static void set_watchdog(uint32_t sequence, char *at) {
    uint32_t limit;
    if (!line_number(line_word(&at), &limit) || line_word(&at)) {
        refuse(sequence, "ARGS", "WATCH <milliseconds>; 0 is never");
    } else if (limit > 3600000u) {
        refuse(sequence, "RANGE", "watchdog is 0 to 3600000 ms");
    } else {
        watchdog = limit;
        accept(sequence);
        reply_send();
    }
}

static void obey(uint32_t sequence, char *verb, char *at) {
    uint32_t plug, channel;
    if (line_equal(verb, "ID")) {
        identify(sequence);
    } else if (line_equal(verb, "SET")) {
        set_channel(sequence, at);
    } else if (line_equal(verb, "GET")) {
        if (target(sequence, &at, &plug, &channel)) {
            read_channel(sequence, plug, channel);
        }
    } else if (line_equal(verb, "FAULT")) {
        set_fault(sequence, at);
    } else if (line_equal(verb, "CONF")) {
        configure(sequence, at);
    } else if (line_equal(verb, "STATE")) {
        state(sequence);
    } else if (line_equal(verb, "WATCH")) {
        set_watchdog(sequence, at);
    } else {
        refuse(sequence, "UNKNOWN", "commands are ID, SET, GET, FAULT, CONF, STATE and WATCH");
    }
}

/* "<sequence> <verb> ...*<CRC>" without its line end. */
static void line_received(char *line, uint32_t length) {
    uint32_t crc = 0, sequence = 0;
    bool good = length > 5 && line[length - 5] == '*';
    for (uint32_t i = length - 4; good && i < length; i++) {
        uint32_t digit = line[i] <= '9' ? (uint32_t)(line[i] - '0') : (uint32_t)(line[i] - 'A' + 10);
        good = digit < 16;
        crc = crc << 4 | digit;
    }
    if (!good || crc != line_crc(line, length - 5)) {
        bad_lines++;
        refuse(0, "CHECKSUM", good ? "the line was damaged; send it again" : "a line ends with * and four hex digits of CRC-16");
        return;
    }
    line[length - 5] = 0;
    char *at = line, *verb;
    if (!line_number(line_word(&at), &sequence) || !(verb = line_word(&at))) {
        bad_lines++;
        refuse(0, "ARGS", "a line is <sequence> <command> ...");
        return;
    }
    heard_at = milliseconds;
    obey(sequence, verb, at);
}

static void receive(void) {
    static char line[LINE_MAX + 1];
    static uint32_t length;
    for (int c; (c = uart_read()) >= 0;) {
        if (c == '\r') {
            continue;
        }
        if (c != '\n') {
            /* One over the limit remembers that the line was too long. */
            length += length <= LINE_MAX;
            line[length - 1] = (char)c;
            continue;
        }
        if (length > LINE_MAX) {
            bad_lines++;
            refuse(0, "LONG", "a line has 120 characters at most");
        } else if (length > 0) {
            line_received(line, length);
        }
        length = 0;
    }
}

int main(void) {
    const uint32_t needed = (1u << 5) | (1u << 8) | (1u << 10) | (1u << 11) | (1u << 21) | (1u << 22); /* IO, pads, PIO0, PIO1, TIMER, UART0 */
    CLR(RESETS) = needed;
    while ((REG(RESETS + 8u) & needed) != needed) {
    }
    REG(GPIO_CTRL(LED_PIN)) = GPIO_FUNC_SIO;
    REG(SIO + 0x24u) = 1u << LED_PIN;
    pulses_start();
    uart_start();
    REG(TIMER + 0x38u) = 1;
    REG(TIMER + 0x10u) = microseconds() + TICK_MICROSECONDS;
    /* Pulses and SEL (priority 0) before the timer and the UART. */
    REG(NVIC_IPR + (IRQ_TIMER_0 & ~3u)) = 0xc0u << (8 * (IRQ_TIMER_0 & 3));
    REG(NVIC_IPR + (IRQ_UART0 & ~3u)) = 0xc0u << (8 * (IRQ_UART0 & 3));
    REG(NVIC_ISER) = (1u << IRQ_TIMER_0) | (1u << IRQ_PIO0_0) | (1u << IRQ_PIO1_0) | (1u << IRQ_IO_BANK0) | (1u << IRQ_UART0);
    for (;;) {
        receive();
        if (watchdog && milliseconds - heard_at > watchdog && pulses_any()) {
            pulses_silence();
            watchdog_trips++;
        }
        REG(SIO + (pulses_any() ? 0x14u : 0x18u)) = 1u << LED_PIN;
        __asm volatile("wfi"); /* the tick of each millisecond ends it at the latest */
    }
}
