#![allow(clippy::all, clippy::disallowed_methods, missing_docs, unused)]
mod support;
use designia_core::catalog::Product;
use designia_core::ports::*;
use designia_core::testing::fixtures::*;
use designia_sqlite::*;
use std::time::Instant;

fn cpu() -> f64 {
    let t = std::fs::read_to_string("/proc/self/stat").unwrap();
    let v: Vec<&str> = t.rsplit(')').next().unwrap().split_whitespace().collect();
    let u: f64 = v[11].parse().unwrap();
    let k: f64 = v[12].parse().unwrap();
    (u + k) * 10_000.0
}
async fn open(d: Durability, f: &support::Folder) -> SqliteStore {
    let mut c = Config::file(f.database());
    c.durability = d;
    let store = SqliteStore::open(&c).await.unwrap();
    for n in [1, 2] {
        store.put(&Product { stock: u32::MAX, ..product(n) }).await.unwrap();
    }
    store
}

#[test]
fn bench() {
    support::block_on(async {
        for d in [Durability::PowerFailure, Durability::ProcessDeath] {
            for tasks in [1u32, 8] {
                let f = support::Folder::new();
                let store = open(d, &f).await;
                let n = 4000u32;
                let commits: Vec<_> = (1..=n).map(|i| commit(placed(placement(i)))).collect();
                let c0 = cpu();
                let start = Instant::now();
                let mut parts: Vec<Vec<Commit>> = (0..tasks).map(|_| Vec::new()).collect();
                for (i, c) in commits.into_iter().enumerate() {
                    parts[i % tasks as usize].push(c);
                }
                let hs: Vec<_> = parts
                    .into_iter()
                    .map(|p| {
                        let s = store.clone();
                        tokio::spawn(async move {
                            for c in p {
                                s.commit(c).await.unwrap();
                            }
                        })
                    })
                    .collect();
                for h in hs {
                    h.await.unwrap();
                }
                let e = start.elapsed();
                println!(
                    "place {d:?} tasks={tasks}: {:.0}/s  {:.0} us wall, {:.0} us cpu",
                    n as f64 / e.as_secs_f64(),
                    e.as_micros() as f64 / n as f64,
                    (cpu() - c0) / n as f64
                );
                // start payment
                if tasks == 1 {
                    let start = Instant::now();
                    for i in 1..=1000u32 {
                        let o = store.load(order_id(i)).await.unwrap().unwrap();
                        std::hint::black_box(o);
                    }
                    println!("  load: {:.0} us", start.elapsed().as_micros() as f64 / 1000.0);
                    let start = Instant::now();
                    for i in 1..=1000u32 {
                        store.accept(event(i)).await.unwrap();
                    }
                    println!("  accept: {:.0} us", start.elapsed().as_micros() as f64 / 1000.0);
                    let start = Instant::now();
                    let mut c = 0;
                    loop {
                        let e = store
                            .claim_effects(
                                None,
                                Claim {
                                    now: NOW + std::time::Duration::from_secs(100000),
                                    until: NOW + std::time::Duration::from_secs(200000),
                                    limit: 100,
                                },
                            )
                            .await
                            .unwrap();
                        if e.is_empty() {
                            break;
                        }
                        c += e.len();
                    }
                    println!("  claim effects: {:.1} us each ({c})", start.elapsed().as_micros() as f64 / c as f64);
                    let start = Instant::now();
                    for _ in 0..100 {
                        store
                            .orders(
                                &OrderFilter { buyer: Some(buyer(1)), ..Default::default() },
                                PageRequest { after: None, limit: 20 },
                            )
                            .await
                            .unwrap();
                    }
                    println!("  page of 20: {:.0} us", start.elapsed().as_micros() as f64 / 100.0);
                    println!("  file {} bytes per order", std::fs::metadata(f.database()).unwrap().len() / n as u64);
                }
                store.close().await.unwrap();
            }
        }
    });
}
#[test]
fn encode() {
    let n = 4000u32;
    let commits: Vec<_> = (1..=n).map(|i| commit(placed(placement(i)))).collect();
    let s = Instant::now();
    let mut l = 0;
    for c in &commits {
        l += serde_json::to_string(&c.order).unwrap().len()
            + serde_json::to_string(&c.events).unwrap().len()
            + serde_json::to_string(&c.changes.effects).unwrap().len();
    }
    println!(
        "encode {:.1} us, {} bytes, state {} events {} effects {}",
        s.elapsed().as_micros() as f64 / n as f64,
        l / n as usize,
        serde_json::to_string(&commits[0].order).unwrap().len(),
        serde_json::to_string(&commits[0].events).unwrap().len(),
        serde_json::to_string(&commits[0].changes.effects).unwrap().len()
    );
}
