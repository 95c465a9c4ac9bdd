/** As hdf5.mjs, where no worker can be had: in pages of many bundles, and in workerd. */

const { getBuiltinModule } = process;
process.getBuiltinModule = (name) =>
  name === 'node:worker_threads' ? undefined : getBuiltinModule.call(process, name);

const { default: reader } = await import('./hdf5.mjs');

export default { ...reader, name: 'hdf5-inline' };
