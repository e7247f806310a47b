// SPDX-License-Identifier: Apache-2.0
// Drives @threefold/grid_client: {"chain","relay","proxy","graphql","mnemonic","type"}, then
//   {"id","module","method","options"}      one of its own calls
//   {"id","command","payload","to"}         a call of the message bus
//   {"id","disk","gigabytes"}               makes and signs a deployment with one disk: its hash
//   {"id","grow","gigabytes","to","contract"}  reads the deployment back from the node with its
//                                           own classes, changes the disk's size, signs: its hash
//   {"id","send","to","contract"}           sends what was made last ("deploy" or "update")
//   {"id","seen"}                           what crossed the wire: requests and responses that
//                                           were {"cipher"}, {"plain"} or {"empty"}
import { load, options, serve } from './common.mjs';

const { GridClient, RMB, DeploymentFactory, DiskPrimitive } = load('@threefold/grid_client');
const grid = new GridClient({
  network: 'dev', mnemonic: options.mnemonic, storeSecret: 'test', keypairType: options.type,
  substrateURL: options.chain, relayURL: options.relay, proxyURL: options.proxy,
  graphqlURL: options.graphql, activationURL: `${options.proxy}/activation`,
});
await grid.connect();
const bus = new RMB(grid.rmbClient);
let deployment;

// The client files each request as it goes to the socket, and each answer as it came from there.
const seen = { requests: { cipher: 0, plain: 0, empty: 0 },
  responses: { cipher: 0, plain: 0, empty: 0 } };
const filed = grid.rmbClient.responses;
const file = filed.set.bind(filed);
filed.set = (uid, envelope) => {
  const side = envelope.response ? seen.responses : envelope.request ? seen.requests : undefined;
  if (side)
    ++side[envelope.cipher.length > 0 ? 'cipher' : envelope.plain.length > 0 ? 'plain' : 'empty'];
  return file(uid, envelope);
};

await serve(async (question) => {
  if (question.seen)
    return seen;
  if (question.module)
    return grid[question.module][question.method](question.options);
  if (question.command)
    return bus.request([question.to], question.command, question.payload ?? '');
  if (question.disk) {
    const disk = new DiskPrimitive().create(question.gigabytes, question.disk);
    deployment = new DeploymentFactory(grid.config).create([disk], 0);
    await deployment.sign(grid.twinId, options.mnemonic, options.type);
    return deployment.challenge_hash();
  }
  if (question.grow) {
    const factory = new DeploymentFactory(grid.config);
    const shown = await bus.request(
      [question.to], 'zos.deployment.get', JSON.stringify({ contract_id: question.contract }));
    const before = await factory.fromObj(shown);
    const wish = await factory.fromObj(shown);
    wish.workloads.find((workload) => workload.name === question.grow).data.size
      = question.gigabytes * 1024 ** 3;
    deployment = await factory.UpdateDeployment(before, wish);
    deployment.version += 1;
    await deployment.sign(grid.twinId, options.mnemonic, options.type);
    return deployment.challenge_hash();
  }
  deployment.contract_id = question.contract;
  return bus.request(
    [question.to], `zos.deployment.${question.send}`, JSON.stringify(deployment));
});
