// SPDX-License-Identifier: Apache-2.0
// What the stubs and drivers share. The installed packages are in the folder ZOS_NPM names; results
// are JSON, one a line on standard output, so everything the packages print goes to standard error.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

export const load = createRequire(join(process.env.ZOS_NPM, 'package.json'));

// A file its package does not offer by itself.
export const loadFile = (path) => load(join(process.env.ZOS_NPM, 'node_modules', path));

for (const level of ['log', 'info', 'debug', 'warn'])
  console[level] = (...what) => console.error(...what);

export function tell(result) {
  process.stdout.write(JSON.stringify(result, (_, value) =>
    typeof value === 'bigint' ? value.toString() : value) + '\n');
}

export const options = JSON.parse(process.argv[2] ?? '{}');

// Answers each line {"id", ...} with {"id","ok"} or {"id","error"}; the end of input is ours too.
export async function serve(answer) {
  tell({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const question = JSON.parse(line);
    try {
      tell({ id: question.id, ok: await answer(question) ?? null });
    } catch (error) {
      tell({ id: question.id, error: String(error?.message ?? error) });
    }
  }
  process.exit(0);
}
