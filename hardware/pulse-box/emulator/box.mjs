// The pulse box in an emulator: the firmware's image from the boot stage on, processor and PIO stepped together, every edge with its cycle.
// Time stands still unless something asks for it, so that a test is exact however slow or busy the machine is.
import { createRequire } from 'node:module';
import path from 'node:path';
import { bootCrc } from '../build.mjs';

const BOOT_STAGE = 0x20041f00;
const BAUD_CYCLES = Math.round((125e6 / 115200) * 10);
const WAIT_FOR_GRANT = 3; // the emulator's WaitType.txFIFO

export class Box {
  cycle = 0;
  sent = [];
  edges = new Map();
  slow = false; // true: never skip idle cycles (proves that skipping changes nothing)

  /** @param modules folder that holds node_modules with rp2040js */
  constructor(image, modules) {
    const { RP2040, LogLevel } = createRequire(path.join(modules, 'package.json'))('rp2040js');
    const mcu = (this.mcu = new RP2040());
    mcu.logger = { debug() {}, info() {}, warn: (name, text) => this.complain(name, text), error: (name, text) => this.complain(name, text) };
    mcu.flash.set(image, 0);
    if (bootCrc(image.subarray(0, 252)) !== new DataView(image.buffer, image.byteOffset).getUint32(252, true)) throw new Error('the boot ROM would refuse this image: the CRC of its boot stage is wrong');
    // What the boot ROM does: copy the boot stage to SRAM and call it with a return address of 0.
    mcu.sram.set(image.subarray(0, 256), BOOT_STAGE - 0x20000000);
    mcu.core.SP = 0x20042000;
    mcu.core.LR = 0;
    mcu.core.PC = BOOT_STAGE;
    mcu.uart[0].onByte = byte => this.sent.push(byte);
    for (const pio of mcu.pio) pio.run = () => {};
    for (const pin of [2, 3, 4, 6, 7, 8]) {
      this.edges.set(pin, []);
      mcu.gpio[pin].addListener(level => this.edges.get(pin).push([this.cycle, level]));
    }
    this.run(200000);
  }

  complain(name, text) {
    throw new Error(`the firmware did what the chip does not know: ${name}: ${text}`);
  }

  run(cycles) {
    const end = this.cycle + cycles;
    while (this.cycle < end) {
      const idle = this.mcu.core.waiting && !this.slow ? this.idleCycles(end - this.cycle) : 0;
      if (idle > 0) this.skip(idle);
      else this.step();
    }
  }

  step() {
    const { mcu } = this;
    const cycles = mcu.core.waiting ? 1 : Math.max(1, mcu.core.executeInstruction());
    // The emulator wakes a waiting core inside executeInstruction only.
    if (mcu.core.waiting) mcu.core.executeInstruction();
    for (let i = 0; i < cycles; i++) {
      this.cycle++;
      mcu.clock.tick(8);
      for (const pio of mcu.pio) {
        // The emulator steps disabled machines too; the chip does not.
        for (const machine of pio.machines) if (machine.enabled) machine.step();
        pio.checkChangedPins();
      }
    }
  }

  /** Cycles in which nothing happens but counting: the core waits, machines count down or wait for a grant, no alarm is due. */
  idleCycles(limit) {
    const { mcu } = this;
    let idle = Math.min(limit, Math.floor((mcu.clock.nanosToNextAlarm || Infinity) / 8) - 1);
    for (const pio of mcu.pio) {
      for (const machine of pio.machines) {
        if (!machine.enabled) continue;
        if (machine.waiting && machine.waitType === WAIT_FOR_GRANT) continue;
        const counting = !machine.waiting && (pio.instructions[machine.pc] & 0xe0ff) === (0x0080 | machine.pc);
        idle = Math.min(idle, counting ? machine.y - 1 : 0);
      }
    }
    return idle;
  }

  skip(cycles) {
    for (const pio of this.mcu.pio) for (const machine of pio.machines) if (machine.enabled && !machine.waiting) machine.y -= cycles;
    this.cycle += cycles;
    this.mcu.clock.tick(cycles * 8);
  }

  /** Bytes at the speed of the line; after the end of a line 2 ms for its answer. */
  receive(bytes) {
    for (const byte of bytes) {
      this.mcu.uart[0].feedByte(byte);
      this.run(BAUD_CYCLES);
    }
    if (bytes.at(-1) === 10) this.run(250000);
  }

  sel(plug, high) {
    this.mcu.gpio[plug ? 9 : 5].setInputValue(high);
  }

  takeEdges(pin) {
    return this.edges.get(pin).splice(0);
  }

  takeSent() {
    return Uint8Array.from(this.sent.splice(0));
  }
}
