// SPDX-License-Identifier: Apache-2.0
// Drives @threefold/rmb_direct_client: {"chain","relay","mnemonic","session","type"}, then calls
// {"id","command","payload","to"}.
import { load, options, serve } from './common.mjs';

const { Client } = load('@threefold/rmb_direct_client');
const client = new Client(options.chain, options.relay, options.mnemonic, options.session, options.type, 2);
await client.connect();
await serve(async ({ command, payload, to, minutes = 1 }) =>
  client.read(await client.send(command, payload, to, minutes, 1)));
