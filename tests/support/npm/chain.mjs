// SPDX-License-Identifier: Apache-2.0
// A chain as far as clients of the message bus look at it: JSON-RPC over WebSocket that knows twins,
// read anew for each question from the file {"twins":[{"id","account","relay","pk"}]} the test keeps
// equal to its ledger: ws://127.0.0.1:PORT/NAME looks at {"folder"}/NAME. Nothing can be submitted.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { load, options, tell } from './common.mjs';
import { makeMetadata } from './metadata.mjs';

const { WebSocketServer } = load('ws');
const { hexToU8a, u8aConcat, u8aToHex } = load('@polkadot/util');
const { blake2AsHex, blake2AsU8a, decodeAddress, xxhashAsU8a } = load('@polkadot/util-crypto');

const { hex: metadata, registry, twinType } = makeMetadata();
const genesis = blake2AsHex('zos test chain', 256);
const runtime = {
  specName: 'substrate-threefold', implName: 'substrate-threefold', authoringVersion: 1,
  specVersion: 149, implVersion: 1, transactionVersion: 2, stateVersion: 1, apis: [],
};

const prefix = (item) => u8aToHex(u8aConcat(xxhashAsU8a('TfgridModule', 128), xxhashAsU8a(item, 128)));
const twinById = prefix('Twins');
const twinByAccount = prefix('TwinIdByAccountID');

function encoded(twin) {
  return registry.createType(twinType, {
    id: twin.id, accountId: twin.account, relay: twin.relay || null, entities: [], pk: twin.pk || null,
  }).toHex();
}

function storage(key, file) {
  const { twins } = JSON.parse(readFileSync(file));
  const argument = '0x' + key.slice(twinById.length + 32); // behind the 16 bytes of its hash
  const asked = (bytes) => key.endsWith(u8aToHex(u8aConcat(blake2AsU8a(bytes, 128), bytes)).slice(2));
  if (key.startsWith(twinById)) {
    const id = registry.createType('u32', hexToU8a(argument)).toNumber();
    const twin = twins.find((one) => one.id === id);
    return twin ? encoded(twin) : null;
  }
  if (key.startsWith(twinByAccount)) {
    const twin = twins.find(({ account }) => asked(decodeAddress(account)));
    return twin ? registry.createType('u32', twin.id).toHex(true) : null;
  }
  return null;
}

const methods = {
  rpc_methods: () => ({ version: 1, methods: Object.keys(methods) }),
  system_chain: () => 'zos test',
  system_properties: () => ({ ss58Format: 42, tokenDecimals: 7, tokenSymbol: 'TFT' }),
  state_getMetadata: () => metadata,
  state_getRuntimeVersion: () => runtime,
  state_subscribeRuntimeVersion: () => 'runtime',
  state_unsubscribeRuntimeVersion: () => true,
  chain_getBlockHash: () => genesis,
  state_getStorage: ([key], file) => storage(key, file),
  state_queryStorageAt: ([keys], file) =>
    [{ block: genesis, changes: keys.map((key) => [key, storage(key, file)]) }],
};

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
server.on('connection', (socket, { url }) => socket.on('message', (text) => {
  const file = join(options.folder, basename(url));
  const { id, method, params } = JSON.parse(text);
  const reply = { jsonrpc: '2.0', id };
  if (methods[method])
    reply.result = methods[method](params, file);
  else
    reply.error = { code: -32601, message: `Method not found: ${method}` };
  socket.send(JSON.stringify(reply));
  if (method === 'state_subscribeRuntimeVersion')
    socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'state_runtimeVersion',
      params: { subscription: 'runtime', result: runtime } }));
}));
server.on('listening', () => tell({ ready: true, port: server.address().port }));
process.stdin.on('end', () => process.exit(0)).resume();
