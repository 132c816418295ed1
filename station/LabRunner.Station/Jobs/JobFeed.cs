using LabRunner.Bench.Hosting.Nights;

namespace LabRunner.Station.Jobs;

/// <summary>What the runs of this station's life say and show, for who follows a job. Thread safe.</summary>
internal sealed class JobFeed
{
    private const int KeptJobs = 20;
    private const int KeptSentences = 2000;
    private const long MostOfOneStart = 1_000_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Told> _jobs = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="jobs">Whose changes are told too.</param>
    public JobFeed(JobBook jobs) => jobs.Changed += Wake;

    /// <summary>Ends with the next change of anything; taken before a look, so that no change falls between.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
            {
                return _changed.Task;
            }
        }
    }

    /// <summary>A run begins or goes on. Its sentences are numbered so that none has the number of one that an earlier station told.</summary>
    /// <param name="job">Its id.</param>
    /// <param name="resumed">How often it was gone on with.</param>
    public void Begin(string job, int resumed)
    {
        lock (_gate)
        {
            if (Of(job) is { Sentences.Count: 0 } told)
            {
                told.First = resumed * MostOfOneStart;
            }
        }
    }

    /// <summary>A run says a sentence.</summary>
    public void Say(string job, string sentence)
    {
        lock (_gate)
        {
            Told told = Of(job);
            told.Sentences.Enqueue(sentence);
            if (told.Sentences.Count > KeptSentences)
            {
                told.Sentences.Dequeue();
                told.First++;
            }
        }

        Wake();
    }

    /// <summary>A run shows its slots.</summary>
    public void Show(string job, NightSnapshot snapshot)
    {
        lock (_gate)
        {
            // A view draws no series.
            Of(job).Shown = snapshot with { Slots = [.. snapshot.Slots.Select(s => s with { Newest = null })] };
        }

        Wake();
    }

    /// <summary>Sentences of a job from a number on, with the number of the first, and its newest picture; null: none.</summary>
    /// <param name="job">Its id.</param>
    /// <param name="from">Number of a sentence; one that was told by an earlier station means all.</param>
    public (long First, IReadOnlyList<string> Sentences, NightSnapshot? Shown) From(string job, long from)
    {
        lock (_gate)
        {
            if (!_jobs.TryGetValue(job, out Told? told))
            {
                return (0, [], null);
            }

            long first = from > told.First + told.Sentences.Count ? told.First : Math.Max(from, told.First);
            return (first, [.. told.Sentences.Skip((int)(first - told.First))], told.Shown);
        }
    }

    private Told Of(string job)
    {
        if (!_jobs.TryGetValue(job, out Told? told))
        {
            _jobs[job] = told = new Told();
            _order.Enqueue(job);
            if (_order.Count > KeptJobs)
            {
                _jobs.Remove(_order.Dequeue());
            }
        }

        return told;
    }

    private void Wake()
    {
        lock (_gate)
        {
            _changed.TrySetResult();
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private sealed class Told
    {
        public Queue<string> Sentences { get; } = [];

        public long First { get; set; }

        public NightSnapshot? Shown { get; set; }
    }
}
