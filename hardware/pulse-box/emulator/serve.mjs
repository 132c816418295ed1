// Serves the box in the emulator over standard input and output: node serve.mjs <image.bin> <folder with node_modules>
//   in:  rx <hex> | run <cycles> | sel <plug> <0|1> | edges <pin> | slow <0|1> | reset
//   out: tx <hex> as it is sent; then for each command: done <cycle> [cycle:level ...]
import fs from 'node:fs';
import readline from 'node:readline';
import { Box } from './box.mjs';

const [image, modules] = process.argv.slice(2);
if (!image || !modules) {
  console.error('node serve.mjs <image.bin> <folder with node_modules>');
  process.exit(64);
}
const powerUp = () => new Box(fs.readFileSync(image), modules);
let box = powerUp();
const say = text => fs.writeSync(1, text + '\n');
const commands = {
  rx: hex => box.receive(Buffer.from(hex, 'hex')),
  run: cycles => box.run(Number(cycles)),
  sel: (plug, level) => box.sel(Number(plug), level === '1'),
  reset: () => { box = powerUp(); },
  slow: on => { box.slow = on === '1'; },
  edges: pin => box.takeEdges(Number(pin)).map(([cycle, level]) => `${cycle}:${level}`).join(' '),
};
say(`done ${box.cycle}`);
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [word, ...rest] = line.split(' ');
  if (!commands[word]) throw new Error(`no command '${word}'`);
  const result = commands[word](...rest);
  const sent = box.takeSent();
  if (sent.length) say(`tx ${Buffer.from(sent).toString('hex')}`);
  say(`done ${box.cycle} ${result ?? ''}`.trimEnd());
}
