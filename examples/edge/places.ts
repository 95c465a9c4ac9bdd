/**
 * Places for requests, so that a few are worked on at a time and the bodies of all others stay with their clients.
 *
 * A request can vanish at any `await` when its client leaves, without a word: then nothing that it should do is done. So
 * a place is held by going on, not by a promise: one that has not gone on for a while is anyone's, and those who wait look by
 * a timer of their own.
 */

/** Time after which a client that gives no rows, or takes no labels, lets others have the place. */
const IDLE_MS = 500;
const LOOK_MS = 10;

export interface Place {
  /** When its request last went on. */
  seen: number;
}

export class Places {
  readonly #most: number;
  readonly #taken = new Set<Place>();
  readonly #waiting: Place[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Wait for a place; in the order in which requests came. */
  async enter(): Promise<Place> {
    const place: Place = { seen: 0 };
    for (;;) {
      const now = Date.now();
      place.seen = now;
      while (this.#waiting.length > 0 && now - this.#waiting[0].seen > IDLE_MS) this.#waiting.shift();
      for (const one of this.#taken) if (now - one.seen > IDLE_MS) this.#taken.delete(one);
      // Also where others have taken it for gone.
      if (!this.#waiting.includes(place)) this.#waiting.push(place);
      if (this.#waiting[0] === place && this.#taken.size < this.#most) {
        this.#waiting.shift();
        this.#taken.add(place);
        return place;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Its request has gone on. One that was idle for long has its place again, were it one too many. */
  goOn(place: Place): void {
    place.seen = Date.now();
    this.#taken.add(place);
  }

  leave(place: Place): void {
    this.#taken.delete(place);
  }
}
