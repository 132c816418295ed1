/*
 * One PIO state machine per output pin. Each pulse is granted by the processor while the pulse before it is high: two words, the low part
 * before it and its width. The state machine counts both to the cycle; without a grant it stays low. So timing does not depend on the
 * processor, every pulse is counted, a fault on purpose is one different grant, and a processor that hangs means silence.
 */
#include "pulses.h"
#include "rp2040.h"

enum { CTRL = 0x00, FDEBUG = 0x08, FLEVEL = 0x0c, TXF = 0x10, IRQ = 0x30, INSTR_MEM = 0x48, IRQ0_INTE = 0x12c };
enum { SM_CLKDIV = 0xc8, SM_EXECCTRL = 0xcc, SM_SHIFTCTRL = 0xd0, SM_ADDR = 0xd4, SM_INSTR = 0xd8, SM_PINCTRL = 0xdc, SM_SIZE = 0x18 };

/* .side_set 1 */
enum { AT_GRANT = 0, AT_IRQ = 5, AT_HIGH = 6 };
#define LOW_OVERHEAD 4u
#define HIGH_OVERHEAD 3u
static const uint16_t program[7] = {
    0x80a0, /* 0 pull block       side 0   low part */
    0xa047, /* 1 mov y, osr       side 0 */
    0x80a0, /* 2 pull block       side 0   width */
    0x0083, /* 3 jmp y--, 3       side 0 */
    0xb047, /* 4 mov y, osr       side 1   rising edge */
    0xd010, /* 5 irq nowait 0 rel side 1 */
    0x1086, /* 6 jmp y--, 6       side 1 */
};
enum { DO_PULL = 0x8080, DO_JUMP = 0x0000, DO_OUTPUT = 0xe081, SIDE_HIGH = 0x1000 };

static const uint8_t output_pin[PLUGS][CHANNELS] = {{2, 3, 4}, {6, 7, 8}};
static const uint8_t sel_pin[PLUGS] = {5, 9};

struct plug plugs[PLUGS];
static uint32_t edge_at[PLUGS][CHANNELS]; /* microseconds, last rising edge by state machine */
static uint32_t late;

static uint32_t pio(int plug) { return plug ? PIO1 : PIO0; }

/* The channel a state machine emits now; null where it emits none. */
static struct channel *emitting(struct plug *p, uint32_t machine) {
    if (!p->follow || machine == CF) {
        return &p->channels[machine];
    }
    return machine == CF1_VOLTAGE ? &p->channels[p->voltage ? CF1_VOLTAGE : CF1_CURRENT] : 0;
}

static void grant(uint32_t base, uint32_t machine, uint32_t low, uint32_t width) {
    REG(base + TXF + 4u * machine) = low - LOW_OVERHEAD;
    REG(base + TXF + 4u * machine) = width - HIGH_OVERHEAD;
}

/* Low part after the pulse that just began, faults on purpose included. */
static uint32_t next_low(struct channel *c) {
    uint32_t low = c->period - c->width;
    if (c->rest) {
        low = c->rest;
        c->rest = 0;
        return low;
    }
    if (c->fault != FAULT_NONE && --c->left == 0) {
        c->left = c->every;
        if (c->fault == FAULT_DROP) {
            c->dropped++;
            low += c->period;
        } else {
            c->doubled++;
            c->rest = low - 2 * c->width;
            low = c->width;
        }
        if (c->times && --c->times == 0) {
            c->fault = FAULT_NONE;
        }
    }
    return low;
}

/* Counts pulses that began and grants the next ones. */
static void serve(int plug) {
    uint32_t base = pio(plug);
    uint32_t began = REG(base + IRQ) & 7u;
    REG(base + IRQ) = began;
    for (uint32_t machine = 0; began; machine++, began >>= 1) {
        struct channel *c;
        if (!(began & 1u) || !(c = emitting(&plugs[plug], machine))) {
            continue;
        }
        edge_at[plug][machine] = microseconds();
        c->emitted++;
        if (c->period) {
            grant(base, machine, next_low(c), c->width);
            uint32_t stalled = 1u << (24 + machine);
            if (REG(base + FDEBUG) & stalled) {
                REG(base + FDEBUG) = stalled;
                late++;
            }
        }
    }
}

/* Lets a machine take up its channel anew: a pulse in progress ends as it began, then `low` cycles until the next. */
static void renew(int plug, uint32_t machine, uint32_t low) {
    uint32_t base = pio(plug), self = base + machine * SM_SIZE;
    struct channel *c = emitting(&plugs[plug], machine);
    CLR(base + CTRL) = 1u << machine;
    uint32_t at = REG(self + SM_ADDR);
    bool high = at == AT_IRQ || at == AT_HIGH;
    while ((REG(base + FLEVEL) >> (8 * machine)) & 0xfu) {
        REG(self + SM_INSTR) = DO_PULL | (high ? SIDE_HIGH : 0);
    }
    if (!high) {
        REG(self + SM_INSTR) = DO_JUMP | AT_GRANT;
    }
    if (c) {
        c->rest = 0;
        if (c->period && at != AT_IRQ) {
            grant(base, machine, low < LOW_OVERHEAD ? LOW_OVERHEAD : low, c->width);
        }
    }
    REG(base + FDEBUG) = 1u << (24 + machine);
    SET(base + CTRL) = 1u << machine;
}

static uint32_t first_low(const struct plug *p, const struct channel *c) { return c ? c->period / 100u * p->phase : 0; }

void pulses_set(int plug, int channel, uint32_t period, uint32_t width) {
    struct plug *p = &plugs[plug];
    struct channel *c = &p->channels[channel];
    uint32_t before = interrupts_off();
    serve(plug);
    uint32_t old_period = c->period;
    c->period = period;
    c->width = width;
    if (c->fault == FAULT_DOUBLE && (!period || period < 4 * width + PART_MIN)) {
        c->fault = FAULT_NONE;
    }
    for (uint32_t machine = 0; machine < CHANNELS; machine++) {
        if (emitting(p, machine) != c) {
            continue;
        }
        uint32_t low = first_low(p, c);
        if (period && old_period) {
            /* The time since the last pulse counts, or a slow channel that is changed often would never emit. */
            uint32_t elapsed = microseconds() - edge_at[plug][machine];
            low = elapsed < period / CYCLES_PER_MICROSECOND ? period - elapsed * CYCLES_PER_MICROSECOND : 0;
        }
        renew(plug, machine, low);
    }
    interrupts_restore(before);
}

void pulses_fault(int plug, int channel, enum fault fault, uint32_t every, uint32_t times) {
    struct channel *c = &plugs[plug].channels[channel];
    uint32_t before = interrupts_off();
    c->fault = fault;
    c->every = c->left = every;
    c->times = times;
    interrupts_restore(before);
}

static void follow_sel(int plug) {
    struct plug *p = &plugs[plug];
    bool voltage = (((REG(SIO + 4u) >> sel_pin[plug]) & 1u) != 0) == p->voltage_level;
    if (voltage != p->voltage) {
        serve(plug);
        p->voltage = voltage;
        p->sel_changes++;
        if (p->follow) {
            renew(plug, CF1_VOLTAGE, first_low(p, emitting(p, CF1_VOLTAGE)));
        }
    }
}

void pulses_configure(int plug, bool follow, bool voltage_level, bool inverted, uint32_t phase) {
    struct plug *p = &plugs[plug];
    uint32_t before = interrupts_off();
    serve(plug);
    p->follow = follow;
    p->voltage_level = voltage_level;
    p->inverted = inverted;
    p->phase = phase;
    p->voltage = (((REG(SIO + 4u) >> sel_pin[plug]) & 1u) != 0) == voltage_level;
    for (uint32_t machine = 0; machine < CHANNELS; machine++) {
        REG(GPIO_CTRL(output_pin[plug][machine])) = (plug ? GPIO_FUNC_PIO1 : GPIO_FUNC_PIO0) | (inverted ? GPIO_OUTOVER_INVERT : 0);
        renew(plug, machine, first_low(p, emitting(p, machine)));
    }
    interrupts_restore(before);
}

void pulses_silence(void) {
    for (int plug = 0; plug < PLUGS; plug++) {
        for (int channel = 0; channel < CHANNELS; channel++) {
            pulses_set(plug, channel, 0, 0);
            plugs[plug].channels[channel].fault = FAULT_NONE;
        }
    }
}

bool pulses_any(void) {
    for (int plug = 0; plug < PLUGS; plug++) {
        for (int channel = 0; channel < CHANNELS; channel++) {
            if (plugs[plug].channels[channel].period) {
                return true;
            }
        }
    }
    return false;
}

uint32_t pulses_late(void) { return late; }

void pio0_interrupt(void) { serve(0); }
void pio1_interrupt(void) { serve(1); }

void sel_interrupt(void) {
    for (int plug = 0; plug < PLUGS; plug++) {
        REG(GPIO_INTR(sel_pin[plug])) = GPIO_EDGES(sel_pin[plug]);
        follow_sel(plug);
    }
}

void pulses_start(void) {
    for (int plug = 0; plug < PLUGS; plug++) {
        uint32_t base = pio(plug);
        for (uint32_t i = 0; i < sizeof program / sizeof *program; i++) {
            REG(base + INSTR_MEM + 4u * i) = program[i];
        }
        for (uint32_t machine = 0; machine < CHANNELS; machine++) {
            uint32_t self = base + machine * SM_SIZE, pin = output_pin[plug][machine];
            REG(self + SM_CLKDIV) = 1u << 16;
            REG(self + SM_EXECCTRL) = 6u << 12;                                      /* wrap from 6 to 0 */
            REG(self + SM_SHIFTCTRL) = 3u << 18;
            REG(self + SM_PINCTRL) = (1u << 29) | (1u << 26) | (pin << 10) | (pin << 5); /* one side-set pin, one set pin */
            REG(self + SM_INSTR) = DO_OUTPUT;
            REG(self + SM_INSTR) = DO_JUMP | AT_GRANT;
            REG(PAD(pin)) = PAD_OUTPUT;
        }
        REG(base + IRQ0_INTE) = 7u << 8;
        REG(PAD(sel_pin[plug])) = PAD_INPUT;
        REG(GPIO_CTRL(sel_pin[plug])) = GPIO_FUNC_SIO;
        SET(GPIO_INTE(sel_pin[plug])) = GPIO_EDGES(sel_pin[plug]);
        pulses_configure(plug, true, true, false, 50);
    }
}
