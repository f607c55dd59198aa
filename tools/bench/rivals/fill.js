// Fills one template many times with another engine; prints the milliseconds of each turn as JSON.
// Arguments: engine, template, data (JSON), number of turns, where the last document goes.
"use strict";
const fs = require("fs");

const [engine, template, data, turns, target] = process.argv.slice(2);
const context = JSON.parse(fs.readFileSync(data, "utf8"));

function docxtemplater() {
  const PizZip = require("pizzip");
  const Docxtemplater = require("docxtemplater");
  const parser = require("docxtemplater/expressions.js");
  const content = fs.readFileSync(template);
  return async () => {
    const document = new Docxtemplater(new PizZip(content), { paragraphLoop: true, parser });
    document.render(context);
    return document.getZip().generate({ type: "nodebuffer", compression: "DEFLATE" });
  };
}

function carbone() {
  const engine = require("carbone");
  return () =>
    new Promise((resolve, reject) =>
      engine.render(template, context, (error, result) => (error ? reject(error) : resolve(result))),
    );
}

async function main() {
  const fill = { docxtemplater, carbone }[engine]();
  await fill();
  const times = [];
  let last;
  for (let turn = 0; turn < Number(turns); turn += 1) {
    const start = process.hrtime.bigint();
    last = await fill();
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  fs.writeFileSync(target, last);
  process.stdout.write(JSON.stringify(times));
  process.exit(0);
}

main();
