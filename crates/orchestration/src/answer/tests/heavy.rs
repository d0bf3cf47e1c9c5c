//! Answers that take long to make: how many at once, and until when.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::document;
use crate::Need::{Optional, Required};
use crate::answer::{Answer, HeavyAnswers, invoke};
use crate::fake::{Scene, inputs, ok, trace};
use crate::{Endpoint, Invocation, Shape, Shaped, Unshaped, View};

/// Takes until it is told to go on, or until nobody waits.
struct Slow {
    begun: AtomicUsize,
    stopped: Arc<Notify>,
    go_on: Mutex<mpsc::Receiver<()>>,
}

impl Slow {
    fn new() -> (Arc<Self>, mpsc::Sender<()>) {
        let (go_on, told) = mpsc::channel();
        let slow = Self {
            begun: AtomicUsize::new(0),
            stopped: Arc::default(),
            go_on: Mutex::new(told),
        };
        (Arc::new(slow), go_on)
    }
}

impl Shape for Slow {
    fn shape(&self, view: View<'_>) -> Result<Shaped, Unshaped> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let go_on = self.go_on.lock().unwrap();
        while go_on.try_recv().is_err() {
            if view.until.is_over() {
                self.stopped.notify_one();
                return Err(Unshaped::Late);
            }
            std::thread::yield_now();
        }
        Ok(view.member(0).into())
    }

    fn is_heavy(&self, _: View<'_>) -> bool {
        true
    }
}

fn scene(running: usize, waiting: usize) -> Scene {
    let mut scene = Scene::new().call("a", Required, 0, ok("1"));
    scene.heavy = HeavyAnswers::new(running, waiting);
    scene
}

fn endpoint(scene: &mut Scene, shape: &Arc<Slow>) -> Arc<Endpoint> {
    let mut endpoint = Arc::into_inner(scene.endpoint()).unwrap();
    endpoint.shape = Arc::clone(shape) as _;
    Arc::new(endpoint)
}

async fn ask(scene: &Scene, endpoint: &Arc<Endpoint>) -> Answer {
    let invocation = Invocation {
        endpoint: Arc::clone(endpoint),
        inputs: inputs("1"),
        began: Instant::now(),
        trace: trace(),
    };
    invoke(invocation, scene.ports()).await
}

#[tokio::test]
async fn so_many_answers_are_made_at_once_and_so_many_wait() {
    let mut scene = scene(1, 1);
    scene.budget = Duration::from_mins(10);
    let (slow, go_on) = Slow::new();
    let endpoint = endpoint(&mut scene, &slow);
    let mut first = Box::pin(ask(&scene, &endpoint));
    let mut second = Box::pin(ask(&scene, &endpoint));
    while slow.begun.load(Ordering::SeqCst) == 0 {
        assert!((&mut first).now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    // Its call has ended, and it has begun to wait.
    while scene.heavy.waiting.available_permits() == 1 {
        assert!((&mut second).now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    let third = ask(&scene, &endpoint).await;
    assert_eq!(third.status, 503);
    assert_eq!(document(&third)["code"], "overloaded");
    assert_eq!(document(&third)["calls"][0]["outcome"], "ok");
    assert!(third.retry_after.is_some());
    assert_eq!(slow.begun.load(Ordering::SeqCst), 1);
    go_on.send(()).unwrap();
    go_on.send(()).unwrap();
    assert_eq!((first.await.status, second.await.status), (200, 200));
    assert_eq!(slow.begun.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn an_answer_waits_for_its_turn_for_half_of_its_time() {
    let mut scene = scene(1, 1);
    let budget = scene.budget;
    let (slow, _go_on) = Slow::new();
    let endpoint = endpoint(&mut scene, &slow);
    let _turn = scene.heavy.running.try_acquire().unwrap();
    let began = Instant::now();
    let answer = ask(&scene, &endpoint).await;
    assert_eq!(document(&answer)["code"], "overloaded");
    let waited = began.elapsed();
    let half = budget / 2;
    assert!(
        waited >= half && waited < half + Duration::from_millis(5),
        "{waited:?}"
    );
    assert_eq!(slow.begun.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn what_wrote_is_not_told_to_come_again() {
    let mut scene = scene(1, 0).write();
    let (slow, _go_on) = Slow::new();
    let endpoint = endpoint(&mut scene, &slow);
    let _turn = scene.heavy.running.try_acquire().unwrap();
    let answer = ask(&scene, &endpoint).await;
    assert_eq!((answer.status, answer.retry_after), (504, None));
    assert_eq!(document(&answer)["calls"][0]["outcome"], "ok");
    assert_eq!(slow.begun.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_made_of_what_came_at_the_end_of_the_budget() {
    let mut scene = scene(1, 0).call("slow", Optional, 5000, ok("2"));
    let (slow, go_on) = Slow::new();
    go_on.send(()).unwrap();
    let endpoint = endpoint(&mut scene, &slow);
    let answer = ask(&scene, &endpoint).await;
    assert_eq!((answer.status, answer.complete), (200, Some(false)));
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_not_made_beyond_the_budget() {
    let mut scene = scene(1, 0);
    let budget = scene.budget;
    let (slow, _go_on) = Slow::new();
    let endpoint = endpoint(&mut scene, &slow);
    let mut asking = Box::pin(ask(&scene, &endpoint));
    assert!((&mut asking).now_or_never().is_none());
    // The call ends.
    tokio::time::advance(Duration::from_millis(2)).await;
    while slow.begun.load(Ordering::SeqCst) == 0 {
        assert!((&mut asking).now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    tokio::time::advance(budget + Duration::from_millis(1)).await;
    let answer = asking.await;
    assert_eq!(answer.status, 504);
    assert_eq!(document(&answer)["code"], "deadline");
    slow.stopped.notified().await;
    drop(scene.heavy.running.acquire().await.unwrap());
}

#[tokio::test]
async fn an_answer_is_not_made_for_a_client_that_has_left() {
    let mut scene = scene(1, 1);
    scene.budget = Duration::from_mins(10);
    let (slow, _go_on) = Slow::new();
    let endpoint = endpoint(&mut scene, &slow);
    let mut first = Box::pin(ask(&scene, &endpoint));
    while slow.begun.load(Ordering::SeqCst) == 0 {
        assert!((&mut first).now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    let mut queued = Box::pin(ask(&scene, &endpoint));
    while scene.heavy.waiting.available_permits() == 1 {
        assert!((&mut queued).now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    drop(queued);
    assert_eq!(scene.heavy.waiting.available_permits(), 1);
    drop(first);
    slow.stopped.notified().await;
    drop(scene.heavy.running.acquire().await.unwrap());
    assert_eq!(slow.begun.load(Ordering::SeqCst), 1);
}
