"""A background cluster, as `manage.py qcluster` runs it, which looks at the clock twice a second
and not twice a minute: what becomes due is wanted by several of them at the same moment.
"""

from __future__ import annotations


def main() -> None:
    """Run it until told to stop."""
    import django

    django.setup()

    from django.core.management import call_command
    from django_q import cluster
    from django_q.scheduler import scheduler

    class Eager(cluster.Sentinel):
        def status(self) -> str:  # Asked in each turn of its loop.
            if self.start_event.is_set() and not self.stop_event.is_set():
                scheduler(broker=self.broker)
            return super().status()

    cluster.Sentinel = Eager
    call_command("qcluster")


if __name__ == "__main__":
    main()
