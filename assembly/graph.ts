/** Everything that the module for graphs and sequences exports: a page that has neither need not load it. */
export { checkNeighbours, labelComponents } from './components';
export { hammingHashes, hammingPairs, hammingScratchBytes, sortNeighbours } from './hamming';
export { markovBegin, markovColumnBytes, markovScratchBytes, markovStep } from './markov';
