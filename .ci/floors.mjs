// Every package the lock file names, and every API level package.json promises, must do with the oldest Node.js that
// package.json allows. Prints what does not, and fails.
import { readFileSync } from 'node:fs'
import semver from 'semver'

const read = (file) => JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'))
const floor = semver.minVersion(read('package.json').engines.node).version
const { packages } = read('package-lock.json')

const faults = Object.entries(packages)
  .filter(([, { engines, optional }]) => optional !== true && engines?.node !== undefined)
  .filter(([, { engines }]) => !semver.satisfies(floor, engines.node))
  .map(
    ([path, { version, engines }]) =>
      `${path} ${version} needs Node.js ${engines.node}, the floor is ${floor}`,
  )

const places = Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)
faults.push(...places.map(([path]) => `${path}: the lock file names the place it was downloaded from`))

for (const fault of faults) process.stderr.write(`${fault}\n`)
process.stdout.write(`floors: ${Object.keys(packages).length} packages, ${faults.length} faults\n`)
process.exitCode = faults.length === 0 ? 0 : 1
