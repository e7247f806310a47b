// SPDX-License-Identifier: Apache-2.0
// Metadata of a chain that has the twins of TFChain: what the packages ship of Substrate itself, and
// the pallet the clients look at, with the layout their own definitions give its values.
import { load, loadFile } from './common.mjs';

const { TypeRegistry, Metadata } = load('@polkadot/types');
const { u8aToHex } = load('@polkadot/util');
const substrate = load('@polkadot/types-support/metadata/v14/substrate-hex').default;
const layouts = loadFile('@threefold/tfchain_client/dist/node/interfaces/chain/lookup.js').default;

const kIndex = 100; // of a pallet Substrate does not have

export function makeMetadata() {
  const registry = new TypeRegistry();
  const document = new Metadata(registry, substrate).asV14.toJSON();
  const types = document.lookup.types;

  const add = (path, def, params = []) => {
    types.push({ id: types.length, type: { path, params, def, docs: [] } });
    return types.length - 1;
  };
  const idOf = (matches) => types.find(({ type }) => matches(type)).id;
  const primitive = (name) => idOf(({ def }) => def.primitive === name);
  const u8 = primitive('U8');
  const known = new Map([
    ['u32', primitive('U32')],
    ['AccountId32', idOf(({ path }) => path.join('::') === 'sp_core::crypto::AccountId32')],
    ['Bytes', idOf(({ def }) => def.sequence?.type === u8)],
  ]);
  // Ids of the notation of the packages: u32, Bytes, Option<T>, Vec<T> and their own structures.
  const typeId = (name) => {
    if (known.has(name))
      return known.get(name);
    const [, outer, inner] = /^(Option|Vec)<(.*)>$/.exec(name) ?? [];
    let id;
    if (outer === 'Vec') {
      id = add([], { sequence: { type: typeId(inner) } });
    } else if (outer === 'Option') {
      const type = typeId(inner);
      id = add(['Option'], { variant: { variants: [
        { name: 'None', fields: [], index: 0, docs: [] },
        { name: 'Some', fields: [{ name: null, type, typeName: null, docs: [] }], index: 1, docs: [] },
      ] } }, [{ name: 'T', type }]);
    } else {
      const fields = Object.entries(layouts[name]).map(([field, type]) => ({
        name: field.replace(/[A-Z]/g, (letter) => '_' + letter.toLowerCase()),
        type: typeId(type), typeName: null, docs: [],
      }));
      id = add(['pallet_tfgrid', 'types', name.replace('PalletTfgrid', '')], { composite: { fields } });
    }
    known.set(name, id);
    return id;
  };
  const map = (name, key, value) => ({
    name, modifier: 'Optional', fallback: '0x00', docs: [],
    type: { map: { hashers: ['Blake2_128Concat'], key: typeId(key), value: typeId(value) } },
  });
  document.pallets.push({
    name: 'TfgridModule', index: kIndex, calls: null, events: null, constants: [], errors: null,
    storage: { prefix: 'TfgridModule', items: [
      map('Twins', 'u32', 'PalletTfgridTwin'),
      map('TwinIdByAccountID', 'AccountId32', 'u32'),
    ] },
  });

  const made = new TypeRegistry();
  const bytes = made.createType('MetadataV14', document).toU8a();
  const hex = '0x6d6574610e' + u8aToHex(bytes).slice(2); // "meta", version 14
  made.setMetadata(new Metadata(made, hex));
  return { hex, registry: made, twinType: made.createLookupType(typeId('PalletTfgridTwin')) };
}
