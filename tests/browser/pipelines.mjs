// Run in Node and in a page: what pipelines of transformers.js say of exported folders.
export async function ask({pipeline}, folder, {dtype, features, fill, classify, options = {}}) {
  const open = (task, more = {}) => pipeline(task, folder, {dtype, ...options, ...more})
  const found = {}
  if (features) {
    for (const model_file_name of [null, 'encoder']) {
      const run = await open('feature-extraction', {model_file_name})
      found[model_file_name ?? 'model'] = (await run(features, {pooling: 'mean', normalize: true})).tolist()
    }
  }
  if (fill) found.fill = (await (await open('fill-mask'))(fill)).map(g => [g.token_str, g.score])
  if (classify) found.classify = (await (await open('text-classification'))(classify, {top_k: 3})).map(g => [g.label, g.score])
  return found
}

if (globalThis.process?.argv[2]) {
  const [home, library, asked] = process.argv.slice(2)
  const transformers = await import(library)
  globalThis.fetch = address => { throw new Error(`${address} was asked for`) }
  Object.assign(transformers.env, {allowRemoteModels: false, localModelPath: home, useFSCache: false})
  const found = {}
  for (const [folder, what] of Object.entries(JSON.parse(asked))) found[folder] = await ask(transformers, folder, what)
  console.log(JSON.stringify(found))
}
