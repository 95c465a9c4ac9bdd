/**
 * Slots for requests: only a few are processed at the same time, and the bodies of all others stay with their clients.
 *
 * When a client leaves, its request may stop silently at any `await`, and no later code of it runs. So a slot is not held by a
 * promise. A request keeps it by calling `goOn`; a slot whose request has been idle for a while can be taken by another, and
 * waiting requests check with timers of their own.
 */

/** Time after which a client that sends no rows, or takes no labels, may lose its slot to others. */
const IDLE_MS = 500;
const LOOK_MS = 10;

export interface Place {
  /** Time of its request's last progress. */
  seen: number;
}

export class Places {
  readonly #most: number;
  readonly #taken = new Set<Place>();
  readonly #waiting: Place[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Wait for a slot; first come, first served. */
  async enter(): Promise<Place> {
    const place: Place = { seen: 0 };
    for (;;) {
      const now = Date.now();
      place.seen = now;
      while (this.#waiting.length > 0 && now - this.#waiting[0].seen > IDLE_MS) this.#waiting.shift();
      for (const one of this.#taken) if (now - one.seen > IDLE_MS) this.#taken.delete(one);
      // Also if other requests have removed it as idle.
      if (!this.#waiting.includes(place)) this.#waiting.push(place);
      if (this.#waiting[0] === place && this.#taken.size < this.#most) {
        this.#waiting.shift();
        this.#taken.add(place);
        return place;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Note progress of a request. If it has lost its slot while idle, it gets it back, even if there is then one too many. */
  goOn(place: Place): void {
    place.seen = Date.now();
    this.#taken.add(place);
  }

  leave(place: Place): void {
    this.#taken.delete(place);
  }
}
